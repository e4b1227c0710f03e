namespace Descant.Metrics;

/// <summary>Scale-invariant SAR: BSS Eval's SAR with filters of one tap.</summary>
/// <remarks>
/// SI-SAR = 10·log₁₀(‖P_all e‖²/‖e − P_all e‖²), P_all the projection on all references (fast_bss_eval
/// <c>si_bss_eval_sources</c>; Le Roux et al. 2019 put ‖P_j e‖² in the numerator instead). Needs two references.
/// </remarks>
public static class SiSar
{
    /// <summary>SI-SAR in dB of every source.</summary>
    /// <param name="references">One array of samples per source; its channels one after another.</param>
    /// <param name="estimates">One array of samples per source, of the same length.</param>
    /// <exception cref="ArgumentException">Fewer than two references, different lengths, NaN or infinity.</exception>
    public static double[] Of(double[][] references, double[][] estimates) =>
        [.. ScaleInvariantScores.Of("si-sar", references, estimates).Select(score => score.Sar)];
}
