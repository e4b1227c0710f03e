using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Tests.Kernels;

/// <summary>One convolution with all its data in logical [n, y, x, c] order, and naive float64 results for it.</summary>
internal sealed class ConvolutionCase
{
    public required int Batch { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int[] InputChannels { get; init; }

    public required int Outputs { get; init; }

    public required ConvolutionGeometry Geometry { get; init; }

    public required ConvolutionDirection Direction { get; init; }

    /// <summary>Rows of the result; the padding at the bottom follows.</summary>
    public required int OutputHeight { get; init; }

    public required int OutputWidth { get; init; }

    public int Inputs => InputChannels.Sum();

    public int Taps => Geometry.KernelHeight * Geometry.KernelWidth;

    public static ConvolutionCase Create(
        ConvolutionDirection direction, int batch, int height, int width, int[] inputs, int outputs, ConvolutionGeometry g, int extraHeight = 0,
        int extraWidth = 0) => new()
        {
            Batch = batch,
            Height = height,
            Width = width,
            InputChannels = inputs,
            Outputs = outputs,
            Geometry = g,
            Direction = direction,
            OutputHeight = Size(direction, height, g.KernelHeight, g.StrideHeight, g.PadTop, g.DilationHeight) + extraHeight,
            OutputWidth = Size(direction, width, g.KernelWidth, g.StrideWidth, g.PadLeft, g.DilationWidth) + extraWidth,
        };

    public static ConvolutionCase Draw(Random random, ConvolutionDirection direction)
    {
        while (true)
        {
            bool line = random.Next(3) == 0;
            int kh = line ? 1 : random.Next(1, 6);
            int kw = random.Next(1, 6);
            int sh = line ? 1 : random.Next(1, 4);
            int sw = random.Next(1, 4);
            int dh = line ? 1 : random.Next(1, 3);
            int dw = random.Next(1, 4);
            ConvolutionGeometry g = new(kh, kw, sh, sw, line ? 0 : random.Next(0, kh + 1), random.Next(0, kw + 1), dh, dw);
            int[] inputs = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(3) == 0 ? 16 : random.Next(1, 20))];
            ConvolutionCase c = Create(
                direction, random.Next(1, 4), line ? 1 : random.Next(1, 20), random.Next(1, line ? 90 : 40), inputs,
                random.Next(3) switch { 0 => random.Next(1, 5), 1 => 16, _ => random.Next(1, 70) }, g,
                line ? 0 : random.Next(0, 3), random.Next(0, 3));
            if (c.OutputHeight > 0 && c.OutputWidth > 0)
            {
                return c;
            }
        }
    }

    /// <summary>y for x [n, y, x, input] and w [output, input, ky, kx].</summary>
    public double[] Apply(float[] x, float[] w)
    {
        double[] y = new double[Batch * OutputHeight * OutputWidth * Outputs];
        EachProduct((output, input, weight) => y[output] += (double)x[input] * w[weight]);
        return y;
    }

    /// <summary>The gradient of Σ y · dy with respect to w.</summary>
    public double[] WeightGradient(float[] x, float[] dy)
    {
        double[] dw = new double[Outputs * Inputs * Taps];
        EachProduct((output, input, weight) => dw[weight] += (double)x[input] * dy[output]);
        return dw;
    }

    public override string ToString() =>
        $"{Direction} [{Batch}, {Height}, {Width}, {string.Join('+', InputChannels)}] -> [{OutputHeight}, {OutputWidth}, {Outputs}] {Geometry}";

    private static int Size(ConvolutionDirection direction, int size, int kernel, int stride, int pad, int dilation)
    {
        int reach = dilation * (kernel - 1);
        return direction == ConvolutionDirection.Forward
            ? (int)Math.Floor((size + (2 * pad) - reach - 1) / (double)stride) + 1
            : ((size - 1) * stride) - (2 * pad) + reach + 1;
    }

    private void EachProduct(Action<int, int, int> visit)
    {
        ConvolutionGeometry g = Geometry;
        bool forward = Direction == ConvolutionDirection.Forward;

        // The positions of the strided side decide those of the other: small x stride + tap x dilation - pad = large.
        (int smallHeight, int smallWidth) = forward ? (OutputHeight, OutputWidth) : (Height, Width);
        (int largeHeight, int largeWidth) = forward ? (Height, Width) : (OutputHeight, OutputWidth);
        for (int n = 0; n < Batch; n++)
        {
            for (int sy = 0; sy < smallHeight; sy++)
            {
                for (int ky = 0; ky < g.KernelHeight; ky++)
                {
                    int ly = (sy * g.StrideHeight) + (ky * g.DilationHeight) - g.PadTop;
                    for (int sx = 0; sx < smallWidth && ly >= 0 && ly < largeHeight; sx++)
                    {
                        for (int kx = 0; kx < g.KernelWidth; kx++)
                        {
                            int lx = (sx * g.StrideWidth) + (kx * g.DilationWidth) - g.PadLeft;
                            if (lx < 0 || lx >= largeWidth)
                            {
                                continue;
                            }

                            int small = (((n * smallHeight) + sy) * smallWidth) + sx;
                            int large = (((n * largeHeight) + ly) * largeWidth) + lx;
                            (int output, int input) = forward ? (small, large) : (large, small);
                            for (int o = 0; o < Outputs; o++)
                            {
                                for (int i = 0; i < Inputs; i++)
                                {
                                    visit(
                                        (output * Outputs) + o, (input * Inputs) + i,
                                        (((((o * Inputs) + i) * g.KernelHeight) + ky) * g.KernelWidth) + kx);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
