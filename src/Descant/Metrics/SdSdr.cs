namespace Descant.Metrics;

/// <summary>Scale-dependent SDR: SI-SDR that also counts a wrong level, downwards, as distortion.</summary>
/// <remarks>
/// SD-SDR = 10·log₁₀(‖αs‖²/‖e − s‖²) with α = ⟨s, e⟩/‖s‖², that is SNR + 20·log₁₀|α| (Le Roux et al. 2019, section 4).
/// </remarks>
public static class SdSdr
{
    /// <summary>SD-SDR in dB; NaN for a silent reference or estimate.</summary>
    /// <exception cref="ArgumentException">Different lengths, no samples, NaN or infinity.</exception>
    public static double Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> estimate)
    {
        SampleCheck.Pair("sd-sdr", reference, estimate);
        double energy = SampleSums.Energy(reference);
        double product = SampleSums.Product(reference, estimate);
        return SiSdr.Of(product * product / energy, SampleSums.SquaredDifference(reference, estimate), SampleSums.Energy(estimate));
    }
}
