namespace Descant.Metrics;

/// <summary>The scale-invariant scores of one estimate, in dB.</summary>
/// <param name="Sdr">See <see cref="SiSdr"/>.</param>
/// <param name="Sir">See <see cref="SiSir"/>; NaN with a single reference.</param>
/// <param name="Sar">See <see cref="SiSar"/>; NaN with a single reference.</param>
/// <param name="SdSdr">See <see cref="Metrics.SdSdr"/>.</param>
public readonly record struct ScaleInvariantScore(double Sdr, double Sir, double Sar, double SdSdr);
