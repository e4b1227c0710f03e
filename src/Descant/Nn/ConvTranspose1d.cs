using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Nn;

/// <summary>Transposed convolution along samples.</summary>
public sealed class ConvTranspose1d : Module
{
    private readonly Tensor _weight;
    private readonly Tensor? _bias;
    private readonly int _stride;
    private readonly int _padding;
    private readonly int _outputPadding;

    /// <param name="inChannels">Channels of the input; of several inputs, their sum.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Length of the kernel.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="stride">Factor by which the samples grow.</param>
    /// <param name="padding">Taken off both ends.</param>
    /// <param name="outputPadding">Samples added at the end.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public ConvTranspose1d(int inChannels, int outChannels, int kernel, Initializer init, int stride = 1, int padding = 0, int outputPadding = 0, bool bias = true)
    {
        (_stride, _padding, _outputPadding) = (stride, padding, outputPadding);

        // PyTorch computes the fan of a transposed convolution from its second axis, the outputs.
        _weight = Learn("weight", init.Weight(outChannels * kernel, inChannels * kernel, inChannels, outChannels, kernel));
        _bias = bias ? Learn("bias", init.Bias(outChannels * kernel, outChannels)) : null;
    }

    /// <param name="inputs">One or more tensors [batch, channels, samples], taken as concatenated along channels.</param>
    public Tensor Forward(params ReadOnlySpan<Tensor> inputs) => Forward(inputs, Activation.None);

    internal Tensor Forward(ReadOnlySpan<Tensor> inputs, Activation activation, float slope = 0) =>
        Tensor.ConvTranspose1d(inputs, _weight, _bias, _stride, _padding, _outputPadding, activation: activation, slope: slope);
}
