namespace Descant.Training;

/// <summary>What a checkpoint holds beside weights, their average and the optimiser's moments.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Trained">Time spent.</param>
/// <param name="Processor">Processor time spent.</param>
/// <param name="Validated">Time that had been spent at the last validation; the next one is due by it, however often the run is cut off between.</param>
/// <param name="BestSdr">Best validation so far, dB.</param>
/// <param name="Schedule">What the schedule has learned from validation.</param>
/// <param name="OwesValidation">Whether the run was stopped in the validation of this step, which the next run has to make up for.</param>
internal sealed record TrainingState(
    long Step, TimeSpan Trained, TimeSpan Processor, TimeSpan Validated, double BestSdr, IReadOnlyList<double> Schedule, bool OwesValidation);
