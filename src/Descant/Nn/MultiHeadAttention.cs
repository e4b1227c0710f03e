using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Scaled dot-product attention in several heads: softmax(Q·Kᵀ/√d)·V, with projections in and out.</summary>
/// <remarks>Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.2; PyTorch's parameter names and first weights.</remarks>
public sealed class MultiHeadAttention : Module
{
    private readonly int _heads;
    private readonly float _dropout;
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly Linear _output;

    /// <param name="width">Features of queries and results, a multiple of the heads.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="dropout">Rate of dropout of the attention weights, in [0, 1).</param>
    public MultiHeadAttention(int width, int heads, Initializer init, float dropout = 0)
    {
        if (heads < 1 || width % heads != 0)
        {
            throw new ArgumentException($"multi_head_attention: expects a width that is a multiple of its heads, got {width} and {heads}.");
        }

        (_heads, _dropout) = (heads, dropout);
        _weight = Learn("in_proj_weight", init.Uniform(MathF.Sqrt(6f / (4 * width)), 3 * width, width)); // Glorot over the stack of Q, K and V
        _bias = Learn("in_proj_bias", init.Full(0, 3 * width));
        _output = Child("out_proj", new Linear(width, width, init));
    }

    /// <summary>Self-attention.</summary>
    /// <param name="x">[batch, frames, width].</param>
    /// <returns>Same shape.</returns>
    public Tensor Forward(Tensor x)
    {
        int width = _weight.Size(1);
        Tensor projected = x.Linear(_weight, _bias);
        return Attend(projected.Slice(2, 0, width), projected.Slice(2, width, width), projected.Slice(2, 2 * width, width));
    }

    /// <summary>Attention of one sequence to another.</summary>
    /// <param name="query">[batch, frames, width].</param>
    /// <param name="memory">What is attended to, [batch, other frames, width].</param>
    /// <returns>Shape of <paramref name="query"/>.</returns>
    public Tensor Forward(Tensor query, Tensor memory)
    {
        int width = _weight.Size(1);
        Engine engine = Engine.Of(query, memory);
        Tensor weight = _weight.On(engine), bias = _bias.On(engine); // so that a tape sees what is taken from which
        Tensor projected = memory.Linear(weight.Slice(0, width, 2 * width), bias.Slice(0, width, 2 * width));
        return Attend(
            query.Linear(weight.Slice(0, 0, width), bias.Slice(0, 0, width)), projected.Slice(2, 0, width), projected.Slice(2, width, width));
    }

    private Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        int width = query.Size(2);
        Tensor scores = Tensor.MatMul(Heads(query) * (1 / MathF.Sqrt(width / _heads)), Heads(key).Transpose(2, 3));
        Tensor mixed = Tensor.MatMul(scores.Softmax(3).Dropout(_dropout), Heads(value)); // [batch, heads, frames, width / heads]
        return _output.Forward(mixed.Transpose(1, 2).Reshape(query.Shape));
    }

    private Tensor Heads(Tensor x) => x.Reshape(x.Size(0), x.Size(1), _heads, -1).Transpose(1, 2);
}
