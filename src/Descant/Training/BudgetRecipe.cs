namespace Descant.Training;

/// <summary>When a training is over: after steps, minutes or core minutes, whichever comes first; at least one must be set.</summary>
public sealed record BudgetRecipe
{
    /// <summary>Updates of the weights; 0 sets no limit.</summary>
    public long Steps { get; init; }

    /// <summary>Time spent training, validation and earlier runs included; 0 sets no limit.</summary>
    public double Minutes { get; init; }

    /// <summary>
    /// Processor time of all threads in minutes, validation and earlier runs included; 0 sets no limit. What else runs on the machine
    /// changes it little, so trainings that are compared get the same work.
    /// </summary>
    public double CoreMinutes { get; init; }
}
