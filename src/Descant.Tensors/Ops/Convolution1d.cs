using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Convolution along samples of one or more inputs, taken as concatenated along channels: the two-dimensional one on images one row high.</summary>
    /// <param name="inputs">Each [batch, channels, samples].</param>
    /// <param name="weight">[out, in, kernel].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="stride">Samples from one result to the next.</param>
    /// <param name="padding">Zeros on both sides.</param>
    /// <param name="dilation">Distance between the kernel's elements.</param>
    /// <param name="activation">Applied in the same pass.</param>
    /// <param name="slope">Of a leaky rectifier.</param>
    /// <returns>[batch, out, ⌊(samples + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1], channels innermost in memory.</returns>
    internal static Tensor Conv1d(
        ReadOnlySpan<Tensor> inputs, Tensor weight, Tensor? bias, int stride = 1, int padding = 0, int dilation = 1,
        Activation activation = Activation.None, float slope = 0)
    {
        CheckSignals("conv1d", inputs, weight);
        return Conv2d(AsRows(inputs), weight.AsRowFilters(), bias, ConvolutionGeometry.Line(weight.Size(2), stride, padding, dilation), activation, slope).AsSignal();
    }

    /// <summary>Transposed convolution along samples of one or more inputs, taken as concatenated along channels.</summary>
    /// <param name="inputs">Each [batch, channels, samples].</param>
    /// <param name="weight">[in, out, kernel].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="stride">Factor by which the samples grow.</param>
    /// <param name="padding">Taken off both ends.</param>
    /// <param name="outputPadding">Samples added at the end, less than the stride.</param>
    /// <param name="dilation">Distance between the kernel's elements.</param>
    /// <param name="activation">Applied in the same pass.</param>
    /// <param name="slope">Of a leaky rectifier.</param>
    /// <returns>[batch, out, (samples − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1].</returns>
    internal static Tensor ConvTranspose1d(
        ReadOnlySpan<Tensor> inputs, Tensor weight, Tensor? bias, int stride = 1, int padding = 0, int outputPadding = 0, int dilation = 1,
        Activation activation = Activation.None, float slope = 0)
    {
        CheckSignals("conv_transpose1d", inputs, weight);
        return ConvTranspose2d(
            AsRows(inputs), weight.AsRowFilters(), bias, ConvolutionGeometry.Line(weight.Size(2), stride, padding, dilation), (0, outputPadding), activation, slope).AsSignal();
    }

    private static Tensor[] AsRows(ReadOnlySpan<Tensor> signals)
    {
        Tensor[] rows = new Tensor[signals.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = signals[i].Unsqueeze(2);
        }

        return rows;
    }

    private Tensor AsSignal() => Reshape(_shape[0], _shape[1], _shape[3]);

    /// <summary>
    /// The same filters one row high. Not a recorded view: it stays the parameter (the same memory), so that its packed panels are kept
    /// between calls and its gradient is the parameter's.
    /// </summary>
    private Tensor AsRowFilters() => IsComputedOnTape || Origin is not null
        ? Unsqueeze(2)
        : new Tensor(Storage, Offset, [_shape[0], _shape[1], 1, _shape[2]], [_strides[0], _strides[1], _strides[2] * _shape[2], _strides[2]], Engine)
        {
            RequiresGradient = RequiresGradient,
        };

    private static void CheckSignals(string operation, ReadOnlySpan<Tensor> inputs, Tensor weight)
    {
        foreach (Tensor input in inputs)
        {
            if (input.Rank != 3 || weight.Rank != 3)
            {
                throw new ArgumentException($"{operation}: expects inputs [batch, channels, samples] and a weight of 3 axes, got {input} and {weight}.");
            }
        }
    }
}
