namespace Descant.Datasets;

/// <summary>When a stem of MedleyDB counts as vocals.</summary>
public enum VocalRule
{
    /// <summary>A label of the stem is one of MedleyDB's vocal labels.</summary>
    Taxonomy,

    /// <summary>
    /// As printed in figure 2 of seed S0: the labels, joined, contain "male", or "singer" anywhere but at the start. Sends
    /// "vocalists", "choir" and "beatboxing" to the accompaniment; for repeating the paper only.
    /// </summary>
    Seed,
}
