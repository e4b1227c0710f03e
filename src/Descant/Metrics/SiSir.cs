namespace Descant.Metrics;

/// <summary>Scale-invariant SIR: BSS Eval's SIR with filters of one tap.</summary>
/// <remarks>
/// SI-SIR = 10·log₁₀(‖P_j e‖²/‖P_all e − P_j e‖²), P_j the projection on reference j, P_all the one on all references
/// (fast_bss_eval <c>si_bss_eval_sources</c>). Needs two references.
/// </remarks>
public static class SiSir
{
    /// <summary>SI-SIR in dB of every source.</summary>
    /// <param name="references">One array of samples per source; its channels one after another.</param>
    /// <param name="estimates">One array of samples per source, of the same length.</param>
    /// <exception cref="ArgumentException">Fewer than two references, different lengths, NaN or infinity.</exception>
    public static double[] Of(double[][] references, double[][] estimates) =>
        [.. ScaleInvariantScores.Of("si-sir", references, estimates).Select(score => score.Sir)];
}
