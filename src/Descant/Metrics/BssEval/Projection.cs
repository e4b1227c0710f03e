namespace Descant.Metrics.BssEval;

/// <summary>The projection of one estimate channel on delayed reference channels.</summary>
/// <param name="Filters">Coefficients, all taps of the first reference channel first.</param>
/// <param name="Energy">‖P·e‖², from the equations alone: dᵀh.</param>
internal sealed record Projection(double[] Filters, double Energy);
