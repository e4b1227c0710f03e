namespace Descant.Separation;

/// <summary>What can happen to a song of a batch.</summary>
public enum SongState
{
    /// <summary>It is being worked on.</summary>
    Working,

    /// <summary>Its stems are complete.</summary>
    Finished,

    /// <summary>Its stems were complete already.</summary>
    Skipped,

    /// <summary>It would be separated; this is a rehearsal.</summary>
    Planned,

    /// <summary>It failed; the others go on.</summary>
    Failed,
}
