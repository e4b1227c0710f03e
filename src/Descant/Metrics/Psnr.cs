namespace Descant.Metrics;

/// <summary>Peak signal-to-noise ratio of soft masks or images.</summary>
/// <remarks>PSNR = 10·log₁₀(R²/MSE), R the largest value possible: 1 for masks (seed S4's table of masks).</remarks>
public static class Psnr
{
    /// <summary>PSNR in dB; +∞ for equal values.</summary>
    /// <exception cref="ArgumentException">Different lengths, no values, NaN or infinity.</exception>
    public static double Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> estimate, double peak = 1)
    {
        SampleCheck.Pair("psnr", reference, estimate);
        return Of(SampleSums.SquaredDifference(reference, estimate), reference.Length, peak);
    }

    internal static double Of(double squaredErrors, long count, double peak) => Decibels.Ratio(peak * peak, squaredErrors / count);
}
