using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Normalises groups of channels of each batch entry; the same in training and inference.</summary>
/// <remarks>Wu and He, "Group normalization", ECCV 2018.</remarks>
public sealed class GroupNorm : Module
{
    private readonly int _groups;
    private readonly float _epsilon;
    private readonly Tensor _weight;
    private readonly Tensor _bias;

    /// <param name="groups">Groups of neighbouring channels; a divisor of <paramref name="channels"/>.</param>
    /// <param name="channels">Size of axis 1.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public GroupNorm(int groups, int channels, Initializer init, float epsilon = 1e-5f)
    {
        (_groups, _epsilon) = (groups, epsilon);
        _weight = Learn("weight", init.Full(1, channels));
        _bias = Learn("bias", init.Full(0, channels));
    }

    /// <param name="x">[batch, channels, …].</param>
    /// <returns>Same shape.</returns>
    public Tensor Forward(Tensor x) => x.GroupNorm(_groups, _weight, _bias, _epsilon);
}
