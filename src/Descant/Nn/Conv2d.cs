using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Nn;

/// <summary>Two-dimensional convolution (cross-correlation, as everywhere in the field).</summary>
public sealed class Conv2d : Module
{
    /// <param name="inChannels">Channels of the input; of several inputs, their sum.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the square kernel.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="stride">Step in both directions.</param>
    /// <param name="padding">Zeros on all four sides.</param>
    /// <param name="dilation">Distance between the kernel's elements.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public Conv2d(int inChannels, int outChannels, int kernel, Initializer init, int stride = 1, int padding = 0, int dilation = 1, bool bias = true)
    {
        Geometry = ConvolutionGeometry.Square(kernel, stride, padding, dilation);
        int area = kernel * kernel;
        Weight = Learn("weight", init.Weight(inChannels * area, outChannels * area, outChannels, inChannels, kernel, kernel));
        Bias = bias ? Learn("bias", init.Bias(inChannels * area, outChannels)) : null;
    }

    internal Tensor Weight { get; }

    internal Tensor? Bias { get; }

    internal ConvolutionGeometry Geometry { get; }

    /// <param name="inputs">One or more tensors [batch, channels, height, width], taken as concatenated along channels.</param>
    public Tensor Forward(params ReadOnlySpan<Tensor> inputs) => Forward(inputs, Activation.None);

    internal Tensor Forward(ReadOnlySpan<Tensor> inputs, Activation activation, float slope = 0) =>
        Tensor.Conv2d(inputs, Weight, Bias, Geometry, activation, slope);
}
