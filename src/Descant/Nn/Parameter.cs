using Descant.Tensors;

namespace Descant.Nn;

/// <summary>A named tensor of a network. The name is its key in a checkpoint.</summary>
/// <param name="Name">Path through the module tree, e.g. encoder.0.conv.weight.</param>
/// <param name="Value">The tensor.</param>
/// <param name="IsTrained">True for weights, false for what forward passes keep (running statistics).</param>
public sealed record Parameter(string Name, Tensor Value, bool IsTrained);
