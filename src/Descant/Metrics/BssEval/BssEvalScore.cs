namespace Descant.Metrics.BssEval;

/// <summary>The scores of one estimate in one window, in dB.</summary>
/// <param name="Sdr">Source to distortion ratio.</param>
/// <param name="Isr">Image to spatial distortion ratio; NaN in the sources version, which has none.</param>
/// <param name="Sir">Source to interference ratio.</param>
/// <param name="Sar">Source to artifacts ratio.</param>
public readonly record struct BssEvalScore(double Sdr, double Isr, double Sir, double Sar)
{
    /// <summary>The scores of a window in which something is silent.</summary>
    public static BssEvalScore Silent => new(double.NaN, double.NaN, double.NaN, double.NaN);
}
