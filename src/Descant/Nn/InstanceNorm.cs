using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Normalises each channel of each batch entry by its own statistics; the same in training and inference.</summary>
/// <remarks>Ulyanov et al., "Instance normalization", 2016. As in PyTorch there are no weights unless asked for.</remarks>
public sealed class InstanceNorm : Module
{
    private readonly float _epsilon;
    private readonly Tensor? _weight;
    private readonly Tensor? _bias;

    /// <param name="channels">Size of axis 1.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="affine">Whether each channel is scaled and shifted afterwards.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public InstanceNorm(int channels, Initializer init, bool affine = false, float epsilon = 1e-5f)
    {
        _epsilon = epsilon;
        _weight = affine ? Learn("weight", init.Full(1, channels)) : null;
        _bias = affine ? Learn("bias", init.Full(0, channels)) : null;
    }

    /// <param name="x">[batch, channels, …].</param>
    /// <returns>Same shape.</returns>
    public Tensor Forward(Tensor x) => x.InstanceNorm(_weight, _bias, _epsilon);
}
