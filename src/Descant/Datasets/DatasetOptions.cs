namespace Descant.Datasets;

/// <summary>What a reader may choose about data sets that can be read in more than one way.</summary>
public sealed record DatasetOptions
{
    /// <summary>Which stems of MedleyDB sing.</summary>
    public VocalRule VocalRule { get; init; } = VocalRule.Taxonomy;

    /// <summary>What becomes of songs of MedleyDB with a stem that holds voices and instruments together.</summary>
    public MixedStems MixedStems { get; init; } = MixedStems.Exclude;

    /// <summary>Whether songs of MedleyDB are left out whose microphones also heard other sources.</summary>
    public bool SkipBleed { get; init; }

    /// <summary>MedleyDB's <c>mixing_coefficients*.yaml</c>, which weights stems as in the mix; null: stems as they are.</summary>
    public string? MixingCoefficients { get; init; }
}
