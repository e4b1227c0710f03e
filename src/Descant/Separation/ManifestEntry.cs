namespace Descant.Separation;

/// <summary>One line of a <see cref="SeparationManifest"/>: a song whose stems are about to get their names, or have them.</summary>
public sealed record ManifestEntry
{
    /// <summary>False before the stems get their names, true after.</summary>
    public required bool Finished { get; init; }

    /// <summary>The song's absolute path.</summary>
    public required string Input { get; init; }

    /// <summary>SHA-256 of the song, in hexadecimal.</summary>
    public required string InputHash { get; init; }

    /// <summary>SHA-256 of the model, in hexadecimal; those of several that are averaged with + between them.</summary>
    public required string ModelHash { get; init; }

    /// <summary>Everything else that decides the stems' samples and names, as text.</summary>
    public required string Options { get; init; }

    /// <summary>The stems' paths, relative to the manifest's folder, with forward slashes.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The stems' sizes in bytes; empty before they are finished.</summary>
    public IReadOnlyList<long> Bytes { get; init; } = [];

    /// <summary>The gain common to all stems.</summary>
    public double Gain { get; init; } = 1;
}
