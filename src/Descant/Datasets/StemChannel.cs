namespace Descant.Datasets;

/// <summary>Which channels of a file hold a stem.</summary>
public enum StemChannel
{
    /// <summary>All of them: the file is the stem.</summary>
    All,

    /// <summary>The first channel alone; the stem is mono.</summary>
    Left,

    /// <summary>The second channel alone; the stem is mono.</summary>
    Right,
}
