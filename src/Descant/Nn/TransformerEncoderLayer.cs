using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Self-attention and a feed-forward part, each added to its input and normalised behind (post-norm), with ReLU.</summary>
/// <remarks>Vaswani et al., NeurIPS 2017, section 3.1; PyTorch's parameter names.</remarks>
public sealed class TransformerEncoderLayer : Module
{
    private readonly float _dropout;
    private readonly MultiHeadAttention _attention;
    private readonly Linear _expand;
    private readonly Linear _contract;
    private readonly LayerNorm _attentionNorm;
    private readonly LayerNorm _feedForwardNorm;

    /// <param name="width">Features.</param>
    /// <param name="heads">Heads of the attention.</param>
    /// <param name="feedForward">Features between the two feed-forward layers.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="dropout">Rate of dropout, in [0, 1).</param>
    public TransformerEncoderLayer(int width, int heads, int feedForward, Initializer init, float dropout = 0)
    {
        _dropout = dropout;
        _attention = Child("self_attn", new MultiHeadAttention(width, heads, init, dropout));
        _expand = Child("linear1", new Linear(width, feedForward, init));
        _contract = Child("linear2", new Linear(feedForward, width, init));
        _attentionNorm = Child("norm1", new LayerNorm(width, init));
        _feedForwardNorm = Child("norm2", new LayerNorm(width, init));
    }

    /// <param name="x">[batch, frames, width].</param>
    /// <returns>Same shape.</returns>
    public Tensor Forward(Tensor x)
    {
        x = _attentionNorm.Forward(x + _attention.Forward(x).Dropout(_dropout));
        return _feedForwardNorm.Forward(x + _contract.Forward(_expand.Forward(x).Relu().Dropout(_dropout)).Dropout(_dropout));
    }
}
