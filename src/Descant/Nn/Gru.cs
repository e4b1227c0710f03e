using Descant.Tensors;

namespace Descant.Nn;

/// <summary>A stack of gated recurrent units; gates in PyTorch's order r, z, n, the reset gate behind the hidden product.</summary>
/// <remarks>Cho et al. 2014.</remarks>
/// <param name="inputs">Size of the last axis of the input.</param>
/// <param name="units">Hidden units per direction.</param>
/// <param name="init">Where parameters come from.</param>
/// <param name="layers">Layers, each reading the one before.</param>
/// <param name="isBidirectional">Whether a second direction reads each sequence from its end.</param>
/// <param name="dropout">Rate of dropout between layers, in [0, 1).</param>
public sealed class Gru(int inputs, int units, Initializer init, int layers = 1, bool isBidirectional = false, float dropout = 0)
    : Recurrent(gates: 3, inputs, units, layers, isBidirectional, dropout, init)
{
    private protected override Tensor Layer(Tensor x, RecurrentWeights forward, RecurrentWeights? reverse) => x.Gru(forward, reverse);
}
