namespace Descant.Separation;

/// <summary>Something that happened to one song of a batch.</summary>
/// <param name="Song">The song as it was named.</param>
/// <param name="State">What happened.</param>
public sealed record SongEvent(string Song, SongState State)
{
    /// <summary>How far it is, with <see cref="SongState.Working"/>.</summary>
    public SeparationProgress Progress { get; init; }

    /// <summary>What was made, with <see cref="SongState.Finished"/>.</summary>
    public SeparationResult? Result { get; init; }

    /// <summary>The files that exist or are planned, by stem.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>What went wrong, with <see cref="SongState.Failed"/>.</summary>
    public Exception? Error { get; init; }
}
