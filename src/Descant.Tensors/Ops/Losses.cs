using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Mean of |estimate − reference| over all elements: a scalar.</summary>
    /// <param name="estimate">Any shape.</param>
    /// <param name="reference">The same shape.</param>
    /// <param name="weight">Optional factor of each element's difference, broadcast to the shape; the mean still divides by all elements.</param>
    public static Tensor L1Loss(Tensor estimate, Tensor reference, Tensor? weight = null)
    {
        Tensor difference = estimate - reference;
        return (weight is null ? difference : difference * weight).Abs().Mean();
    }

    /// <summary>Mean binary cross-entropy of probabilities against targets in [0, 1]: a scalar.</summary>
    /// <remarks>Logarithms are limited to −100 as in PyTorch, so that a certain and wrong estimate stays finite; its gradient is 0 (PyTorch: 10¹²).</remarks>
    public static Tensor BceLoss(Tensor estimate, Tensor target) =>
        -((target * estimate.Log().Clamp(-100, 0)) + ((1f - target) * (1f - estimate).Log().Clamp(-100, 0))).Mean();
}
