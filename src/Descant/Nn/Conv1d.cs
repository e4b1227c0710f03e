using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Nn;

/// <summary>Convolution (cross-correlation) along samples.</summary>
public sealed class Conv1d : Module
{
    private readonly Tensor _weight;
    private readonly Tensor? _bias;
    private readonly int _stride;
    private readonly int _padding;
    private readonly int _dilation;

    /// <param name="inChannels">Channels of the input; of several inputs, their sum.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Length of the kernel.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="stride">Samples from one result to the next.</param>
    /// <param name="padding">Zeros on both sides.</param>
    /// <param name="dilation">Distance between the kernel's elements.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public Conv1d(int inChannels, int outChannels, int kernel, Initializer init, int stride = 1, int padding = 0, int dilation = 1, bool bias = true)
    {
        (_stride, _padding, _dilation) = (stride, padding, dilation);
        _weight = Learn("weight", init.Weight(inChannels * kernel, outChannels * kernel, outChannels, inChannels, kernel));
        _bias = bias ? Learn("bias", init.Bias(inChannels * kernel, outChannels)) : null;
    }

    /// <param name="inputs">One or more tensors [batch, channels, samples], taken as concatenated along channels.</param>
    public Tensor Forward(params ReadOnlySpan<Tensor> inputs) => Forward(inputs, Activation.None);

    internal Tensor Forward(ReadOnlySpan<Tensor> inputs, Activation activation, float slope = 0) =>
        Tensor.Conv1d(inputs, _weight, _bias, _stride, _padding, _dilation, activation, slope);
}
