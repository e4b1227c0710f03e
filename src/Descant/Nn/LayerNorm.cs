using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Normalises the last axes of each entry, then scales and shifts each element.</summary>
/// <remarks>Ba et al., "Layer normalization", 2016.</remarks>
public sealed class LayerNorm : Module
{
    private readonly float _epsilon;
    private readonly Tensor _weight;
    private readonly Tensor _bias;

    /// <param name="shape">Sizes of the last axes that are normalised together, usually one: the width.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public LayerNorm(int[] shape, Initializer init, float epsilon = 1e-5f)
    {
        _epsilon = epsilon;
        _weight = Learn("weight", init.Full(1, shape));
        _bias = Learn("bias", init.Full(0, shape));
    }

    /// <param name="width">Size of the last axis.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public LayerNorm(int width, Initializer init, float epsilon = 1e-5f)
        : this([width], init, epsilon)
    {
    }

    /// <param name="x">[…, shape].</param>
    /// <returns>Same shape.</returns>
    public Tensor Forward(Tensor x) => x.LayerNorm(_weight, _bias, _epsilon);
}
