using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Self-attention, attention to an encoded sequence and a feed-forward part, each added and normalised behind (post-norm), with ReLU.</summary>
/// <remarks>Vaswani et al., NeurIPS 2017, section 3.1, without its causal mask: whole sequences are known here. PyTorch's parameter names.</remarks>
public sealed class TransformerDecoderLayer : Module
{
    private readonly float _dropout;
    private readonly MultiHeadAttention _self;
    private readonly MultiHeadAttention _cross;
    private readonly Linear _expand;
    private readonly Linear _contract;
    private readonly LayerNorm _selfNorm;
    private readonly LayerNorm _crossNorm;
    private readonly LayerNorm _feedForwardNorm;

    /// <param name="width">Features.</param>
    /// <param name="heads">Heads of the attentions.</param>
    /// <param name="feedForward">Features between the two feed-forward layers.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="dropout">Rate of dropout, in [0, 1).</param>
    public TransformerDecoderLayer(int width, int heads, int feedForward, Initializer init, float dropout = 0)
    {
        _dropout = dropout;
        _self = Child("self_attn", new MultiHeadAttention(width, heads, init, dropout));
        _cross = Child("multihead_attn", new MultiHeadAttention(width, heads, init, dropout));
        _expand = Child("linear1", new Linear(width, feedForward, init));
        _contract = Child("linear2", new Linear(feedForward, width, init));
        _selfNorm = Child("norm1", new LayerNorm(width, init));
        _crossNorm = Child("norm2", new LayerNorm(width, init));
        _feedForwardNorm = Child("norm3", new LayerNorm(width, init));
    }

    /// <param name="x">[batch, frames, width].</param>
    /// <param name="memory">The encoded sequence, [batch, other frames, width].</param>
    /// <returns>Shape of <paramref name="x"/>.</returns>
    public Tensor Forward(Tensor x, Tensor memory)
    {
        x = _selfNorm.Forward(x + _self.Forward(x).Dropout(_dropout));
        x = _crossNorm.Forward(x + _cross.Forward(x, memory).Dropout(_dropout));
        return _feedForwardNorm.Forward(x + _contract.Forward(_expand.Forward(x).Relu().Dropout(_dropout)).Dropout(_dropout));
    }
}
