namespace Descant.Tensors.Kernels;

/// <summary>The nonlinearity that a kernel applies to its result while it is still in the cache.</summary>
internal enum Activation
{
    None,
    Relu,
    LeakyRelu,
    Sigmoid,
    Tanh,
}
