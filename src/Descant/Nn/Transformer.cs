using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Encoder and decoder layers, each stack with a normalisation behind it; no masks.</summary>
/// <remarks>Vaswani et al., NeurIPS 2017; PyTorch's <c>nn.Transformer</c> and its parameter names.</remarks>
public sealed class Transformer : Module
{
    private readonly IReadOnlyList<TransformerEncoderLayer> _encoder;
    private readonly IReadOnlyList<TransformerDecoderLayer> _decoder;
    private readonly LayerNorm _encoderNorm;
    private readonly LayerNorm _decoderNorm;

    /// <param name="width">Features.</param>
    /// <param name="heads">Heads of the attentions.</param>
    /// <param name="feedForward">Features between two feed-forward layers.</param>
    /// <param name="encoderLayers">Layers of the encoder.</param>
    /// <param name="decoderLayers">Layers of the decoder.</param>
    /// <param name="dropout">Rate of dropout, in [0, 1).</param>
    /// <param name="init">Where parameters come from.</param>
    public Transformer(int width, int heads, int feedForward, int encoderLayers, int decoderLayers, float dropout, Initializer init)
    {
        _encoder = Children("encoder.layers", Enumerable.Range(0, encoderLayers).Select(_ => new TransformerEncoderLayer(width, heads, feedForward, init, dropout)));
        _encoderNorm = Child("encoder.norm", new LayerNorm(width, init));
        _decoder = Children("decoder.layers", Enumerable.Range(0, decoderLayers).Select(_ => new TransformerDecoderLayer(width, heads, feedForward, init, dropout)));
        _decoderNorm = Child("decoder.norm", new LayerNorm(width, init));
    }

    /// <param name="source">What the encoder reads, [batch, frames, width].</param>
    /// <param name="target">What the decoder reads, [batch, other frames, width].</param>
    /// <returns>Shape of <paramref name="target"/>.</returns>
    public Tensor Forward(Tensor source, Tensor target)
    {
        foreach (TransformerEncoderLayer layer in _encoder)
        {
            source = layer.Forward(source);
        }

        source = _encoderNorm.Forward(source);
        foreach (TransformerDecoderLayer layer in _decoder)
        {
            target = layer.Forward(target, source);
        }

        return _decoderNorm.Forward(target);
    }
}
