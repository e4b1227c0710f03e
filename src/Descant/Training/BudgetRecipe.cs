namespace Descant.Training;

/// <summary>When a training is over: after steps or after minutes, whichever comes first; at least one must be set.</summary>
public sealed record BudgetRecipe
{
    /// <summary>Updates of the weights; 0 sets no limit.</summary>
    public long Steps { get; init; }

    /// <summary>Time spent training, validation and earlier runs included; 0 sets no limit.</summary>
    public double Minutes { get; init; }
}
