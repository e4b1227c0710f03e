using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Nn;

/// <summary>Two-dimensional transposed convolution.</summary>
public sealed class ConvTranspose2d : Module
{
    /// <param name="inChannels">Channels of the input; of several inputs, their sum.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the square kernel.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="stride">Factor by which both directions grow.</param>
    /// <param name="padding">Taken off all four sides.</param>
    /// <param name="outputPadding">Rows and columns added at the bottom and right.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public ConvTranspose2d(int inChannels, int outChannels, int kernel, Initializer init, int stride = 1, int padding = 0, int outputPadding = 0, bool bias = true)
    {
        Geometry = ConvolutionGeometry.Square(kernel, stride, padding);
        OutputPadding = (outputPadding, outputPadding);
        int area = kernel * kernel;

        // PyTorch computes the fan of a transposed convolution from its second axis, the outputs.
        Weight = Learn("weight", init.Weight(outChannels * area, inChannels * area, inChannels, outChannels, kernel, kernel));
        Bias = bias ? Learn("bias", init.Bias(outChannels * area, outChannels)) : null;
    }

    internal Tensor Weight { get; }

    internal Tensor? Bias { get; }

    internal ConvolutionGeometry Geometry { get; }

    internal (int Height, int Width) OutputPadding { get; }

    /// <param name="inputs">One or more tensors [batch, channels, height, width], taken as concatenated along channels.</param>
    public Tensor Forward(params ReadOnlySpan<Tensor> inputs) => Forward(inputs, Activation.None);

    internal Tensor Forward(ReadOnlySpan<Tensor> inputs, Activation activation, float slope = 0) =>
        Tensor.ConvTranspose2d(inputs, Weight, Bias, Geometry, OutputPadding, activation, slope);
}
