namespace Descant.Datasets;

/// <summary>One recording of a data set: a song with its stems, a lone voice, or an instrumental.</summary>
/// <remarks>Opening audio is the caller's business: listing the tracks of a data set reads no audio.</remarks>
public sealed record Track
{
    /// <summary>Unique within its data set, with forward slashes (<c>vocals/pjs/pjs039_song</c>).</summary>
    public required string Name { get; init; }

    /// <summary>What the track may be used for.</summary>
    public required Split Split { get; init; }

    /// <summary>Licence of the recording as its source states it; <c>unstated</c> where it states none.</summary>
    public required string Licence { get; init; }

    /// <summary>The stems. Several of one source are summed; a source that is not here is silent in this track.</summary>
    public required IReadOnlyList<Stem> Stems { get; init; }

    /// <summary>The mixture as published, where it is not exactly the sum of the stems; null: their sum.</summary>
    public Stem? Mixture { get; init; }

    /// <summary>What the data set promises about the files.</summary>
    public TrackRules Rules { get; init; } = TrackRules.Own;

    /// <summary>Part of the data set that the track belongs to, for weights and scores: a folder, a singer.</summary>
    public string Group { get; init; } = string.Empty;

    /// <summary>Whether a model trained on this track may be used by anybody for anything (with attribution).</summary>
    public bool IsOpen { get; init; }

    /// <summary>The stems of a source; empty where it is silent.</summary>
    public IReadOnlyList<Stem> StemsOf(string source) => [.. Stems.Where(stem => stem.Source == source)];
}
