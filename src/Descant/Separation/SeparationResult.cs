namespace Descant.Separation;

/// <summary>What became of a song.</summary>
public sealed record SeparationResult
{
    /// <summary>The written file of each stem.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    /// <summary>Samples of each channel.</summary>
    public required long Samples { get; init; }

    /// <summary>Sample rate, in Hz.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Channels.</summary>
    public required int Channels { get; init; }

    /// <summary>Where in the song the stems start, in seconds.</summary>
    public double StartSeconds { get; init; }

    /// <summary>The gain common to all stems; 1 unless a stem would have exceeded full scale.</summary>
    public required double Gain { get; init; }

    /// <summary>Damage that was read around and values that had to be replaced, one line each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
