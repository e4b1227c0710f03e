namespace Descant.Tensors;

/// <summary>What one direction of a recurrent layer learns. Gates are stacked in PyTorch's order: i, f, g, o (LSTM) or r, z, n (GRU).</summary>
/// <param name="Input">[gates · units, inputs].</param>
/// <param name="Hidden">[gates · units, units].</param>
/// <param name="InputBias">[gates · units], or null.</param>
/// <param name="HiddenBias">[gates · units], or null.</param>
public sealed record RecurrentWeights(Tensor Input, Tensor Hidden, Tensor? InputBias = null, Tensor? HiddenBias = null);
