namespace Descant.Metrics;

/// <summary>Ratios of energies in dB.</summary>
internal static class Decibels
{
    /// <summary>10·log₁₀(numerator/denominator); +∞ where the denominator is zero, as mir_eval and museval define it.</summary>
    public static double Ratio(double numerator, double denominator) =>
        denominator == 0 ? double.PositiveInfinity : 10 * Math.Log10(numerator / denominator);
}
