namespace Descant.Datasets;

/// <summary>What to do with a stem that holds voices and instruments together.</summary>
public enum MixedStems
{
    /// <summary>Leave its song out.</summary>
    Exclude,

    /// <summary>Count the stem as vocals.</summary>
    Vocals,
}
