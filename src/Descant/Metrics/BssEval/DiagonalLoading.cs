namespace Descant.Metrics.BssEval;

/// <summary>What is added to the diagonal of the normal equations before they are solved.</summary>
/// <param name="Absolute">Added as it is.</param>
/// <param name="Relative">Added times the energy of the reference channel, as fast_bss_eval's <c>load_diag</c> adds to
/// references of unit energy.</param>
/// <remarks>
/// References with an empty band (lossy files, resampled files) leave the equations nearly singular, and SIR and SAR then
/// depend on rounding. A relative loading of 1e-10 makes them repeatable at the price of comparability: the reference
/// implementations load with nothing (mir_eval) or 2.2e-16 (museval).
/// </remarks>
public readonly record struct DiagonalLoading(double Absolute, double Relative)
{
    /// <summary>mir_eval: nothing.</summary>
    public static DiagonalLoading None => default;

    /// <summary>museval: one unit of rounding, 2⁻⁵².</summary>
    public static DiagonalLoading Museval => new(2.220446049250313e-16, 0);
}
