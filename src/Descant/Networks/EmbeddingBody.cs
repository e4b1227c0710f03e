using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>Gives every time-frequency bin a direction in space: bins of one source shall point the same way.</summary>
/// <remarks>
/// S4 §IV.A: four bidirectional GRU layers, then D values for each bin, tanh, length 1. The hybrid has a second head on the linear
/// values: two numbers for each bin whose softmax are the shares of voice and background (after Luo et al., ICASSP 2017).
/// </remarks>
internal sealed class EmbeddingBody : Module
{
    private const float HeadDropout = 0.5f;
    private const float SmallestLength = 1e-8f;

    private readonly Gru _gru;
    private readonly Linear _embed;
    private readonly Linear? _head;
    private readonly int _bands;
    private readonly int _dimensions;
    private readonly float _dropout;

    public EmbeddingBody(int bands, int hidden, int layers, int dimensions, float dropout, bool hasHead, Initializer init)
    {
        (_bands, _dimensions, _dropout) = (bands, dimensions, dropout);
        _gru = Child("gru", new Gru(bands, hidden, init, layers, isBidirectional: true, dropout));
        _embed = Child("embed", new Linear(2 * hidden, bands * dimensions, init));
        _head = hasHead ? Child("head", new Linear(bands * dimensions, 2 * bands, init)) : null;
    }

    /// <param name="features">[batch, frames, bands].</param>
    /// <returns>Directions, [batch, frames · bands, D], and the logits of the voice's mask, [batch, frames, bands] (null without the head).</returns>
    public (Tensor Directions, Tensor? Logits) Forward(Tensor features)
    {
        int batch = features.Size(0), frames = features.Size(1);
        Tensor values = _embed.Forward(_gru.Forward(features.Transpose(0, 1))).Transpose(0, 1); // [batch, frames, bands · D]
        Tensor directions = values.Tanh().Reshape(batch, frames * _bands, _dimensions);
        directions /= (directions.Square().Sum(2) + SmallestLength).Sqrt();
        if (_head is null)
        {
            return (directions, null);
        }

        Tensor shares = _head.Forward(_dropout > 0 ? values.Dropout(HeadDropout) : values).Reshape(batch, frames, _bands, 2);
        return (directions, shares.Select(3, 0) - shares.Select(3, 1)); // softmax of two is the sigmoid of their difference
    }

    /// <summary>‖VVᵀ − YYᵀ‖² of weighted bins, as a share of all pairs, without building a matrix of pairs.</summary>
    /// <param name="directions">V, [batch, bins, D].</param>
    /// <param name="labels">Y, [batch, bins, sources].</param>
    /// <param name="weights">≥ 0, [batch, bins, 1].</param>
    /// <remarks>S4 §V.A after Hershey et al., ICASSP 2016: ‖VᵀV‖² + ‖YᵀY‖² − 2‖VᵀY‖²; rows weighted as in Wang et al., ICASSP 2018.</remarks>
    public static Tensor AffinityLoss(Tensor directions, Tensor labels, Tensor weights)
    {
        Tensor root = weights.Sqrt();
        Tensor v = directions * root, y = labels * root;
        Tensor Products(Tensor a, Tensor b) => Tensor.MatMul(a.Transpose(1, 2), b).Square().Sum(1, 2).Reshape(-1);
        Tensor pairs = weights.Sum(1, 2).Reshape(-1).Square();
        return ((Products(v, v) + Products(y, y) - (Products(v, y) * 2f)) / (pairs + SmallestLength)).Mean().Reshape();
    }
}
