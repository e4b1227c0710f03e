namespace Descant.Metrics;

/// <summary>How much an estimate has too much and too little, each from 0 (bad) to 100 (none).</summary>
/// <param name="Bleedless">100/(1 + mean excess in dB over the points where the estimate is louder than its reference).</param>
/// <param name="Fullness">100/(1 + mean lack in dB over the points where it is softer).</param>
public readonly record struct BleedScore(double Bleedless, double Fullness);
