using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed unsafe partial class Tensor
{
    /// <summary>Two-dimensional convolution (cross-correlation) of one or more inputs, taken as concatenated along channels.</summary>
    /// <param name="inputs">Each [batch, channels, height, width].</param>
    /// <param name="weight">[out, in, kernel height, kernel width].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="geometry">Kernel, stride, padding (equal on both sides), dilation.</param>
    /// <param name="activation">Applied in the same pass.</param>
    /// <param name="slope">Of a leaky rectifier.</param>
    /// <param name="scale">Factor per output channel before the bias: a folded batch normalisation, in inference only.</param>
    /// <returns>[batch, out, height', width'], channels innermost in memory; height' = ⌊(height + 2·pad − dilation·(kernel − 1) − 1)/stride⌋ + 1.</returns>
    internal static Tensor Conv2d(
        ReadOnlySpan<Tensor> inputs, Tensor weight, Tensor? bias, ConvolutionGeometry geometry,
        Activation activation = Activation.None, float slope = 0, Tensor? scale = null)
    {
        CheckConvolution("conv2d", inputs, weight, inputAxis: 1, bias, geometry);
        int height = ConvolvedSize(inputs[0].Shape[2], geometry.KernelHeight, geometry.StrideHeight, geometry.PadTop, geometry.DilationHeight);
        int width = ConvolvedSize(inputs[0].Shape[3], geometry.KernelWidth, geometry.StrideWidth, geometry.PadLeft, geometry.DilationWidth);
        if (height < 1 || width < 1)
        {
            throw new ArgumentException($"conv2d: a {geometry.KernelHeight} × {geometry.KernelWidth} kernel expects a larger input than {inputs[0]}. Pad it, or use a longer segment.");
        }

        return Convolve(ConvolutionDirection.Forward, inputs, weight, bias, geometry, [inputs[0].Shape[0], weight.Shape[0], height, width], activation, slope, scale);
    }

    /// <summary>Two-dimensional transposed convolution of one or more inputs, taken as concatenated along channels.</summary>
    /// <param name="inputs">Each [batch, channels, height, width].</param>
    /// <param name="weight">[in, out, kernel height, kernel width].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="geometry">Of the convolution that this one transposes.</param>
    /// <param name="outputPadding">Rows and columns added at the bottom and right, less than the stride.</param>
    /// <param name="activation">Applied in the same pass.</param>
    /// <param name="slope">Of a leaky rectifier.</param>
    /// <param name="scale">Factor per output channel before the bias: a folded batch normalisation, in inference only.</param>
    /// <returns>[batch, out, height', width']; height' = (height − 1)·stride − 2·pad + dilation·(kernel − 1) + outputPadding + 1.</returns>
    internal static Tensor ConvTranspose2d(
        ReadOnlySpan<Tensor> inputs, Tensor weight, Tensor? bias, ConvolutionGeometry geometry, (int Height, int Width) outputPadding,
        Activation activation = Activation.None, float slope = 0, Tensor? scale = null)
    {
        CheckConvolution("conv_transpose2d", inputs, weight, inputAxis: 0, bias, geometry);
        int height = TransposedSize(inputs[0].Shape[2], geometry.KernelHeight, geometry.StrideHeight, geometry.PadTop, geometry.DilationHeight, outputPadding.Height);
        int width = TransposedSize(inputs[0].Shape[3], geometry.KernelWidth, geometry.StrideWidth, geometry.PadLeft, geometry.DilationWidth, outputPadding.Width);
        if (height < 1 || width < 1)
        {
            throw new ArgumentException($"conv_transpose2d: padding leaves nothing of {inputs[0]}: the result would be {height} × {width}.");
        }

        return Convolve(ConvolutionDirection.Transposed, inputs, weight, bias, geometry, [inputs[0].Shape[0], weight.Shape[1], height, width], activation, slope, scale);
    }

    private static Tensor Convolve(
        ConvolutionDirection direction, ReadOnlySpan<Tensor> inputs, Tensor weight, Tensor? bias, ConvolutionGeometry geometry,
        int[] shape, Activation activation, float slope, Tensor? scale)
    {
        Engine engine = Engine.Of([.. inputs, weight, bias, scale]);
        Tensor y = engine.Allocate(shape, Layout.ChannelsLast(shape));
        Tensor[] parts = inputs.ToArray();
        ReadOnlySpan<int> positions = direction == ConvolutionDirection.Forward ? shape : parts[0].Shape; // every weight meets each of them once
        engine.Count((long)positions[0] * positions[2] * positions[3] * weight.ElementCount);
        Epilogue epilogue = new(bias is null ? null : bias.Pointer(), activation, slope, scale is null ? null : scale.Pointer());
        Convolution.Apply(engine.Workers, Images(parts), Packed(engine, weight, geometry, direction, y), y.AsImage(), epilogue);
        if (!y.IsRecorded)
        {
            return y;
        }

        if (scale is not null)
        {
            throw new InvalidOperationException("conv2d: a folded scale belongs to inference; record without it.");
        }

        return Engine.Record(y, [.. parts, weight, bias], g =>
        {
            Tensor inner = ActivationGradient(g, y, activation, slope);
            Tensor?[] gradients = new Tensor?[parts.Length + 2];
            if (parts.Any(part => part.IsTracked))
            {
                InputGradients(direction, inner, parts, weight, geometry).CopyTo(gradients, 0);
            }

            gradients[parts.Length] = weight.IsTracked ? FilterGradient(direction, inner, parts, weight, geometry) : null;
            gradients[parts.Length + 1] = bias is { IsTracked: true } ? inner.Sum(0, 2, 3).Reshape(bias.Shape) : null;
            return gradients;
        });
    }

    /// <summary>The adjoint operation with the same weights, cut into the inputs' channels.</summary>
    private static Tensor[] InputGradients(ConvolutionDirection direction, Tensor g, Tensor[] parts, Tensor weight, ConvolutionGeometry geometry)
    {
        ConvolutionDirection adjoint = direction == ConvolutionDirection.Forward ? ConvolutionDirection.Transposed : ConvolutionDirection.Forward;
        int[] shape = parts[0].Shape.ToArray();
        shape[1] = parts.Sum(part => part.Shape[1]);
        Tensor dx = g.Engine.Allocate(shape, Layout.ChannelsLast(shape));
        Convolution.Apply(g.Engine.Workers, Images([g]), Packed(g.Engine, weight, geometry, adjoint, dx), dx.AsImage());
        Tensor[] gradients = new Tensor[parts.Length];
        for (int i = 0, start = 0; i < parts.Length; start += parts[i++].Shape[1])
        {
            gradients[i] = dx.Slice(1, start, parts[i].Shape[1]);
        }

        return gradients;
    }

    private static Tensor FilterGradient(ConvolutionDirection direction, Tensor g, Tensor[] parts, Tensor weight, ConvolutionGeometry geometry)
    {
        Tensor dw = g.Engine.Allocate(weight.Shape, Layout.DenseLike(weight.Shape, weight.Strides));
        ReadOnlySpan<Image> joined = Images(parts), gradient = Images([g]);
        bool forward = direction == ConvolutionDirection.Forward; // the transposed operation exchanges the roles of its sides
        Tensor small = forward ? g : parts[0];
        bool minimal = WinogradPlan.Suits(
            geometry, ConvolutionDirection.Forward, weight.Shape[0], weight.Shape[1], small.Shape[0], small.Shape[2], small.Shape[3]);
        Kernels.WeightGradient.Compute(
            g.Engine.Workers, g.Engine.Width, forward ? joined : gradient, forward ? gradient : joined, geometry, dw.AsFilters(outputs: 0),
            minimal: minimal);
        return dw;
    }

    /// <summary>Packed weights for a direction and a size of the result; a parameter's are kept until an optimiser changes it.</summary>
    private static PackedFilters Packed(Engine engine, Tensor weight, ConvolutionGeometry geometry, ConvolutionDirection direction, Tensor result)
    {
        // Element [o, i] of a convolution's weight is element [i, o] of its transpose: only the axis read as outputs differs.
        int outputs = direction == ConvolutionDirection.Forward ? 0 : 1;
        bool minimal = WinogradPlan.Suits(
            geometry, direction, weight.Shape[outputs], weight.Shape[1 - outputs], result.Shape[0], result.Shape[2], result.Shape[3]);
        if (!weight.RequiresGradient)
        {
            return PackedFilters.Pack(engine.Workers, engine.Width, weight.AsFilters(outputs), geometry, direction, minimal);
        }

        return weight.Storage.Derived.Get<PackedFilters>((direction, geometry, weight.Offset, engine.Width, minimal), weight.Storage.Version, stale =>
        {
            if (stale is null)
            {
                return PackedFilters.Pack(engine.Workers, engine.Width, weight.AsFilters(outputs), geometry, direction, minimal);
            }

            stale.Repack(engine.Workers, weight.AsFilters(outputs));
            return stale;
        });
    }

    private FilterBank AsFilters(int outputs) => new(
        Pointer(), _shape[outputs], _shape[1 - outputs], _strides[outputs], _strides[1 - outputs], _strides[2], _strides[3]);

    private Image AsImage() => new(
        Pointer(), _shape[0], _shape[2], _shape[3], _shape[1], _strides[0], _strides[2], _strides[3], _shape[1] == 1 ? 1 : _strides[1]);

    private static Image[] Images(ReadOnlySpan<Tensor> tensors)
    {
        Image[] images = new Image[tensors.Length];
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = tensors[i].AsImage();
        }

        return images;
    }

    private static int ConvolvedSize(int size, int kernel, int stride, int pad, int dilation)
    {
        long room = size + (2L * pad) - ((long)dilation * (kernel - 1)) - 1;
        return room < 0 ? 0 : (int)Math.Min((room / stride) + 1, int.MaxValue); // no tensor is as large as the limit
    }

    private static int TransposedSize(int size, int kernel, int stride, int pad, int dilation, int added) =>
        (int)Math.Clamp(((size - 1L) * stride) - (2L * pad) + ((long)dilation * (kernel - 1)) + added + 1, 0, int.MaxValue);

    private static void CheckConvolution(
        string operation, ReadOnlySpan<Tensor> inputs, Tensor weight, int inputAxis, Tensor? bias, ConvolutionGeometry geometry)
    {
        int channels = 0;
        foreach (Tensor input in inputs)
        {
            if (input.Rank != 4 || input.Shape[0] != inputs[0].Shape[0] || !input.Shape[2..].SequenceEqual(inputs[0].Shape[2..]))
            {
                throw new ArgumentException($"{operation}: expects inputs [batch, channels, height, width] that differ in channels only, got {inputs[0]} and {input}.");
            }

            channels += input.Shape[1];
        }

        if (weight.Rank != 4 || weight.Shape[inputAxis] != channels)
        {
            throw new ArgumentException($"{operation}: weight {weight} expects {(weight.Rank == 4 ? weight.Shape[inputAxis] : 0)} input channels, got {channels} in {inputs[0]}{(inputs.Length > 1 ? $" and {inputs.Length - 1} more" : "")}.");
        }

        if (weight.Shape[2] != geometry.KernelHeight || weight.Shape[3] != geometry.KernelWidth || (bias is not null && bias.ElementCount != weight.Shape[1 - inputAxis]))
        {
            throw new ArgumentException($"{operation}: weight {weight} expects a {geometry.KernelHeight} × {geometry.KernelWidth} kernel and a bias of {weight.Shape[1 - inputAxis]}, got {(bias is null ? "none" : bias.ToString())}.");
        }
    }
}
