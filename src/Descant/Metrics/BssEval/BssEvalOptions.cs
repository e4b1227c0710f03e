namespace Descant.Metrics.BssEval;

/// <summary>What the BSS Eval metrics have in common.</summary>
public sealed record BssEvalOptions
{
    /// <summary>Delays of the projections.</summary>
    public int Taps { get; init; } = 512;

    /// <summary>Loading of the normal equations; null for the reference implementation's own.</summary>
    public DiagonalLoading? Loading { get; init; }

    /// <summary>Whether estimates are assigned to references by the best mean SIR, instead of by their order.</summary>
    public bool Permute { get; init; }

    /// <summary>What messages call the sources; null for numbers.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}
