namespace Descant.Metrics;

/// <summary>Scale-invariant SDR: how far an estimate is from the best multiple of its reference.</summary>
/// <remarks>
/// α = ⟨s, e⟩/‖s‖², SI-SDR = 10·log₁₀(‖αs‖²/‖e − αs‖²) (J. Le Roux, S. Wisdom, H. Erdogan, J. R. Hershey, "SDR —
/// half-baked or well done?", ICASSP 2019, eq. 5), without removing means. Channels of one source count as one long signal.
/// A silent reference or estimate has no ratio: NaN.
/// </remarks>
public static class SiSdr
{
    /// <summary>SI-SDR in dB; +∞ for an exact multiple, −∞ for an orthogonal estimate.</summary>
    /// <exception cref="ArgumentException">Different lengths, no samples, NaN or infinity.</exception>
    public static double Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> estimate)
    {
        SampleCheck.Pair("si-sdr", reference, estimate);
        double energy = SampleSums.Energy(reference);
        double scale = SampleSums.Product(reference, estimate) / energy;
        double residual = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double error = estimate[i] - (scale * reference[i]);
            residual += error * error;
        }

        return Of(scale * scale * energy, residual, SampleSums.Energy(estimate));
    }

    /// <summary>SI-SDR from the energies of αs, e − αs and e.</summary>
    internal static double Of(double target, double residual, double estimate) =>
        estimate == 0 || double.IsNaN(target) ? double.NaN : Decibels.Ratio(target, residual);
}
