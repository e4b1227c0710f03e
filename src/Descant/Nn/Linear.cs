using Descant.Tensors;

namespace Descant.Nn;

/// <summary>A linear layer along the last axis.</summary>
public sealed class Linear : Module
{
    /// <param name="inputs">Size of the last axis of the input.</param>
    /// <param name="outputs">Size of the last axis of the output.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public Linear(int inputs, int outputs, Initializer init, bool bias = true)
    {
        Weight = Learn("weight", init.Weight(inputs, outputs, outputs, inputs));
        Bias = bias ? Learn("bias", init.Bias(inputs, outputs)) : null;
    }

    internal Tensor Weight { get; }

    internal Tensor? Bias { get; }

    /// <param name="x">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public Tensor Forward(Tensor x) => x.Linear(Weight, Bias);
}
