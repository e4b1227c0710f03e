using Descant.Tensors;

namespace Descant.Nn;

/// <summary>A stack of recurrent layers in one or two directions, with PyTorch's parameter names.</summary>
/// <remarks>Weights and biases start uniform in ±1/√units as PyTorch's do, whatever rule the initializer has for other layers.</remarks>
public abstract class Recurrent : Module
{
    private readonly List<(RecurrentWeights Forward, RecurrentWeights? Reverse)> _layers = [];
    private readonly float _dropout;

    private protected Recurrent(int gates, int inputs, int units, int layers, bool isBidirectional, float dropout, Initializer init)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        _dropout = dropout;
        Outputs = isBidirectional ? 2 * units : units;
        for (int layer = 0; layer < layers; layer++)
        {
            int from = layer == 0 ? inputs : Outputs;
            RecurrentWeights forward = Learn(gates, from, units, $"l{layer}", init);
            _layers.Add((forward, isBidirectional ? Learn(gates, from, units, $"l{layer}_reverse", init) : null));
        }
    }

    /// <summary>Size of the last axis of the output.</summary>
    public int Outputs { get; }

    /// <summary>Runs the stack from zero states, with dropout between layers while a tape records.</summary>
    /// <param name="x">[frames, batch, inputs].</param>
    /// <returns>[frames, batch, units], or 2 · units in two directions: the forward one first.</returns>
    public Tensor Forward(Tensor x)
    {
        for (int layer = 0; layer < _layers.Count; layer++)
        {
            x = Layer(layer == 0 ? x : x.Dropout(_dropout), _layers[layer].Forward, _layers[layer].Reverse);
        }

        return x;
    }

    private protected abstract Tensor Layer(Tensor x, RecurrentWeights forward, RecurrentWeights? reverse);

    private RecurrentWeights Learn(int gates, int inputs, int units, string suffix, Initializer init)
    {
        float bound = 1 / MathF.Sqrt(units);
        return new RecurrentWeights(
            Learn($"weight_ih_{suffix}", init.Uniform(bound, gates * units, inputs)),
            Learn($"weight_hh_{suffix}", init.Uniform(bound, gates * units, units)),
            Learn($"bias_ih_{suffix}", init.Uniform(bound, gates * units)),
            Learn($"bias_hh_{suffix}", init.Uniform(bound, gates * units)));
    }
}
