namespace Descant.Training;

/// <summary>An update rule, by its name in recipes.</summary>
public enum OptimizerKind
{
    /// <summary>Adam (Kingma and Ba, 2015).</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019).</summary>
    AdamW,

    /// <summary>RMSprop (Hinton, 2012).</summary>
    RmsProp,

    /// <summary>Stochastic gradient descent, with momentum if any.</summary>
    Sgd,
}
