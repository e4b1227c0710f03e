using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>A convolution that sees the image mirrored at its edges instead of zeros beyond them; keeps the size, or halves it.</summary>
internal sealed class PaddedConv : Module
{
    private readonly Conv2d _conv;
    private readonly int _padding;

    public PaddedConv(int inputs, int outputs, int kernel, int stride, Initializer init, bool bias = true)
    {
        _padding = (kernel - 1) / 2;
        _conv = Child("conv", new Conv2d(inputs, outputs, kernel, init, stride, bias: bias));
    }

    /// <param name="x">[batch, channels, height, width], sides larger than the padding.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="slope">The leaky rectifier's.</param>
    public Tensor Forward(Tensor x, Activation activation = Activation.None, float slope = 0) =>
        _conv.Forward([x.PadReflect(2, _padding, _padding).PadReflect(3, _padding, _padding)], activation, slope);
}
