using System.Globalization;

namespace Descant.Training;

/// <summary>Where a training stands.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Loss">Mean loss since the last report; NaN where no step was made since.</param>
/// <param name="LearningRate">Rate of the last update.</param>
/// <param name="GradientNorm">Norm of the last gradients before clipping.</param>
/// <param name="StepsPerSecond">Since the last report.</param>
/// <param name="WaitingShare">Share of the time since the last report spent waiting for examples.</param>
/// <param name="Trained">Time spent training in all runs.</param>
/// <param name="Left">Estimate of the time to the end of the budget.</param>
/// <param name="Validation">The latest score, where this report follows a validation.</param>
/// <param name="Warning">What goes wrong, if anything does.</param>
public sealed record TrainingProgress(
    long Step, double Loss, double LearningRate, double GradientNorm, double StepsPerSecond, double WaitingShare,
    TimeSpan Trained, TimeSpan Left, ValidationScore? Validation, string? Warning = null)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"step {Step}  ")
        + (StepsPerSecond == 0 // a validation right after a report: no step to tell of
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $"loss {Loss:0.00000}  {StepsPerSecond:0.00} steps/s  waiting {WaitingShare:0 %}  rate {LearningRate:0.0e+0}  norm {GradientNorm:0.000}  "))
        + string.Create(CultureInfo.InvariantCulture, $"{Trained:h\\:mm\\:ss} done, {Left:h\\:mm\\:ss} left")
        + (Validation is null ? string.Empty : Environment.NewLine + Validation)
        + (Warning is null ? string.Empty : Environment.NewLine + Warning);
}
