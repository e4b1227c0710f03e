namespace Descant.Training;

/// <summary>The update rule. Settings that a rule does not know are ignored by it.</summary>
public sealed record OptimizerRecipe
{
    /// <summary>Which rule.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Adam, AdamW: decay of the mean gradient.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam, AdamW: decay of the mean square.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Adam, AdamW, RMSprop: added to the root of the mean square.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>AdamW: decoupled shrinkage; the others: L2 penalty.</summary>
    public double WeightDecay { get; init; }

    /// <summary>SGD, RMSprop: momentum.</summary>
    public double Momentum { get; init; }

    /// <summary>Gradients whose norm over all parameters is larger are scaled down to it; 0 never.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Decay of the moving average of the weights that is validated and kept; 0 keeps the last weights themselves.</summary>
    public double Average { get; init; }
}
