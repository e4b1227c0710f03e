using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Tests.Kernels;

public sealed unsafe class ConvolutionTests
{
    /// <summary>The layers of the papers' networks, and sizes that reach every path and its edges.</summary>
    private static IEnumerable<ConvolutionCase> Layers()
    {
        ConvolutionGeometry five = ConvolutionGeometry.Square(5, stride: 2, pad: 2);
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 2, 64, 32, [1], 16, five);
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 32, 64, [16], 32, five);
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 2, 16, 4, [64], 96, five);
        yield return ConvolutionCase.Create(ConvolutionDirection.Transposed, 2, 8, 2, [64], 64, five, 1, 1);
        yield return ConvolutionCase.Create(ConvolutionDirection.Transposed, 2, 32, 32, [16, 16], 1, five, 1, 1);
        yield return ConvolutionCase.Create(ConvolutionDirection.Transposed, 1, 16, 16, [16, 16], 16, five, 1, 1);
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 65, 43, [32, 32], 32, ConvolutionGeometry.Square(3, pad: 1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 33, 43, [8], 2, ConvolutionGeometry.Square(3, pad: 1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 2, 33, 41, [32], 4, ConvolutionGeometry.Square(1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Transposed, 2, 20, 21, [48], 24, ConvolutionGeometry.Square(2, stride: 2));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 2, 32, 24, [12], 24, ConvolutionGeometry.Square(4, stride: 2, pad: 1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 2, 1, 1500, [24], 24, ConvolutionGeometry.Line(15, pad: 7));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 1, 1000, [24, 12], 24, ConvolutionGeometry.Line(5, pad: 2));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 1, 3000, [2], 24, ConvolutionGeometry.Line(15));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 1, 3000, [24, 2], 2, ConvolutionGeometry.Line(1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 1, 2000, [1], 40, ConvolutionGeometry.Line(16, stride: 8));
        yield return ConvolutionCase.Create(ConvolutionDirection.Transposed, 1, 1, 250, [40], 1, ConvolutionGeometry.Line(16, stride: 8));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 1, 500, [40], 40, ConvolutionGeometry.Line(3, pad: 8, dilation: 8));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 1, 3, 2, [600], 40, ConvolutionGeometry.Square(3, pad: 1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Transposed, 1, 5, 5, [3], 7, ConvolutionGeometry.Square(2, stride: 3));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 3, 9, 7, [24, 20], 40, ConvolutionGeometry.Square(3, pad: 1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Transposed, 2, 8, 11, [40], 72, ConvolutionGeometry.Square(3, pad: 1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Transposed, 2, 7, 6, [24, 24], 40, ConvolutionGeometry.Square(4, stride: 2, pad: 1));
        yield return ConvolutionCase.Create(ConvolutionDirection.Forward, 2, 11, 13, [20], 18, new ConvolutionGeometry(3, 2, 1, 1, 0, 1));
    }

    /// <summary>Minimal filtering too where a geometry has it, whether or not it would be chosen.</summary>
    private static IEnumerable<bool> Algorithms(ConvolutionGeometry geometry) => WinogradPlan.Exists(geometry) ? [false, true] : [false];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Layers_of_the_networks_match_naive_sums(int threads)
    {
        using WorkerPool pool = new(threads);
        Random random = new(21);
        foreach (ConvolutionCase layer in Layers())
        {
            Check(pool, random, layer);
        }
    }

    [Theory]
    [InlineData(ConvolutionDirection.Forward, 1)]
    [InlineData(ConvolutionDirection.Transposed, 2)]
    internal void Random_geometries_match_naive_sums(ConvolutionDirection direction, int threads)
    {
        using WorkerPool pool = new(threads);
        Random random = new(100 + threads);
        for (int round = 0; round < 120; round++)
        {
            ConvolutionCase layer = ConvolutionCase.Draw(random, direction);
            Check(pool, random, layer);
        }
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        Random random = new(9);
        foreach (ConvolutionCase layer in Layers())
        {
            float[] x = KernelData.Random(random, layer.Batch * layer.Height * layer.Width * layer.Inputs);
            float[] w = KernelData.Random(random, layer.Outputs * layer.Inputs * layer.Taps);
            float[] bias = KernelData.Random(random, layer.Outputs);
            using WorkerPool one = new(1);
            using WorkerPool three = new(3);
            int seed = random.Next();
            float[] scale = [.. bias.Select(b => 1 + b)];
            foreach (bool minimal in Algorithms(layer.Geometry))
            {
                Assert.Equal(
                    Run(one, VectorWidths.Best, new Random(seed), layer, x, w, scale, default, bias, minimal),
                    Run(three, VectorWidths.Best, new Random(seed), layer, x, w, scale, default, bias, minimal));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Weight_gradients_of_the_layers_match_naive_sums(int threads)
    {
        using WorkerPool pool = new(threads);
        Random random = new(31);
        foreach (ConvolutionCase layer in Layers())
        {
            CheckWeightGradient(pool, random, layer);
        }
    }

    [Theory]
    [InlineData(ConvolutionDirection.Forward, 2)]
    [InlineData(ConvolutionDirection.Transposed, 1)]
    internal void Weight_gradients_of_random_geometries_match_naive_sums(ConvolutionDirection direction, int threads)
    {
        using WorkerPool pool = new(threads);
        Random random = new(200 + threads);
        for (int round = 0; round < 80; round++)
        {
            ConvolutionCase layer = ConvolutionCase.Draw(random, direction);
            CheckWeightGradient(pool, random, layer);
        }
    }

    [Fact]
    public void Weight_gradients_repeat_exactly()
    {
        Random random = new(9);
        foreach (ConvolutionCase layer in Layers())
        {
            float[] x = KernelData.Random(random, layer.Batch * layer.Height * layer.Width * layer.Inputs);
            float[] dy = KernelData.Random(random, layer.Batch * layer.OutputHeight * layer.OutputWidth * layer.Outputs);
            using WorkerPool pool = new(3);
            int seed = random.Next();
            foreach (bool minimal in Algorithms(layer.Geometry))
            {
                float[] first = WeightGradientOf(pool, VectorWidths.Best, new Random(seed), layer, x, dy, new float[layer.Outputs * layer.Inputs * layer.Taps], minimal);
                for (int repeat = 0; repeat < 3; repeat++)
                {
                    Assert.Equal(
                        first,
                        WeightGradientOf(pool, VectorWidths.Best, new Random(seed), layer, x, dy, new float[first.Length], minimal));
                }
            }
        }
    }

    private static void CheckWeightGradient(WorkerPool pool, Random random, ConvolutionCase layer)
    {
        float[] x = KernelData.Random(random, layer.Batch * layer.Height * layer.Width * layer.Inputs);
        float[] dy = KernelData.Random(random, layer.Batch * layer.OutputHeight * layer.OutputWidth * layer.Outputs);
        double[] expected = layer.WeightGradient(x, dy);
        float[] before = random.Next(2) == 0 ? KernelData.Random(random, expected.Length) : [];
        for (int i = 0; i < before.Length; i++)
        {
            expected[i] += before[i];
        }

        int terms = layer.Batch * Math.Max(layer.OutputHeight * layer.OutputWidth, layer.Height * layer.Width);
        foreach (VectorWidth width in KernelData.Widths)
        {
            foreach (bool minimal in Algorithms(layer.Geometry))
            {
                float[] actual = WeightGradientOf(pool, width, random, layer, x, dy, before, minimal);
                KernelData.AssertClose(expected, actual, terms, $"{width} minimal {minimal} accumulate {before.Length > 0} {layer}");
            }
        }
    }

    /// <summary>The gradient as [o, i, ky, kx], added to <paramref name="before"/> unless that is empty.</summary>
    private static float[] WeightGradientOf(
        WorkerPool pool, VectorWidth width, Random random, ConvolutionCase layer, float[] x, float[] dy, float[] before, bool minimal)
    {
        using ImageBuffer result = new(random, layer.Batch, layer.OutputHeight, layer.OutputWidth, layer.Outputs, random.Next(3) > 0);
        result.Write(dy, 0, layer.Outputs);
        ImageBuffer[] buffers = Split(random, layer, x);
        Image[] inputs = [.. buffers.Select(buffer => buffer.View)];
        Image[] results = [result.View];
        float[] memory = Reorder(random, layer, before.Length > 0 ? before : new float[layer.Outputs * layer.Inputs * layer.Taps], out int[] strides);
        if (before.Length == 0)
        {
            Array.Fill(memory, float.NaN);
        }

        fixed (float* pw = memory)
        {
            FilterBank weights = new(pw, layer.Outputs, layer.Inputs, strides[0], strides[1], strides[2], strides[3]);
            bool forward = layer.Direction == ConvolutionDirection.Forward;
            WeightGradient.Compute(
                pool, width, forward ? inputs : results, forward ? results : inputs, layer.Geometry, forward ? weights : weights.Adjoint,
                before.Length > 0, minimal);
        }

        foreach (ImageBuffer buffer in buffers)
        {
            buffer.Dispose();
        }

        float[] gradient = new float[memory.Length];
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = memory[Place(layer, strides, i)];
        }

        return gradient;
    }

    private static ImageBuffer[] Split(Random random, ConvolutionCase layer, float[] x)
    {
        ImageBuffer[] buffers = new ImageBuffer[layer.InputChannels.Length];
        int first = 0;
        for (int i = 0; i < buffers.Length; i++)
        {
            buffers[i] = new ImageBuffer(random, layer.Batch, layer.Height, layer.Width, layer.InputChannels[i], random.Next(3) > 0);
            buffers[i].Write(x, first, layer.Inputs);
            first += layer.InputChannels[i];
        }

        return buffers;
    }

    private static void Check(WorkerPool pool, Random random, ConvolutionCase layer)
    {
        float[] x = KernelData.Random(random, layer.Batch * layer.Height * layer.Width * layer.Inputs);
        float[] w = KernelData.Random(random, layer.Outputs * layer.Inputs * layer.Taps);
        float[] bias = KernelData.Random(random, layer.Outputs);
        float[] scale = KernelData.Random(random, layer.Outputs);
        Activation activation = (Activation)random.Next(5);
        double[] expected = layer.Apply(x, w);
        for (int i = 0; i < expected.Length; i++)
        {
            double value = (expected[i] * scale[i % layer.Outputs]) + bias[i % layer.Outputs];
            expected[i] = activation switch
            {
                Activation.Relu => Math.Max(value, 0),
                Activation.LeakyRelu => value < 0 ? 0.2f * value : value,
                Activation.Sigmoid => 1 / (1 + Math.Exp(-value)),
                Activation.Tanh => Math.Tanh(value),
                _ => value,
            };
        }

        foreach (VectorWidth width in KernelData.Widths)
        {
            foreach (bool minimal in Algorithms(layer.Geometry))
            {
                float[] actual = Run(pool, width, random, layer, x, w, scale, activation, bias, minimal);
                KernelData.AssertClose(expected, actual, layer.Inputs * layer.Taps, $"{width} minimal {minimal} {activation} {layer}");
            }
        }
    }

    private static float[] Run(
        WorkerPool pool, VectorWidth width, Random random, ConvolutionCase layer, float[] x, float[] w, float[] scale,
        Activation activation, float[] bias, bool minimal)
    {
        using ImageBuffer output = new(random, layer.Batch, layer.OutputHeight, layer.OutputWidth, layer.Outputs, true);
        ImageBuffer[] buffers = Split(random, layer, x);
        Image[] inputs = [.. buffers.Select(buffer => buffer.View)];
        ConvolutionGeometry g = layer.Geometry;
        fixed (float* pw = Reorder(random, layer, w, out int[] strides), pBias = bias, pScale = scale)
        {
            FilterBank weights = new(pw, layer.Outputs, layer.Inputs, strides[0], strides[1], strides[2], strides[3]);
            PackedFilters filters = PackedFilters.Pack(pool, width, weights, g, layer.Direction, minimal);
            Convolution.Apply(pool, inputs, filters, output.View, new Epilogue(pBias, activation, 0.2f, pScale));
        }

        foreach (ImageBuffer buffer in buffers)
        {
            buffer.Dispose();
        }

        return output.Read();
    }

    /// <summary>The weights as [o, i, ky, kx], [i, o, ky, kx] or [ky, kx, i, o], with the strides of o, i, ky, kx.</summary>
    private static float[] Reorder(Random random, ConvolutionCase layer, float[] w, out int[] strides)
    {
        (int kh, int kw) = (layer.Geometry.KernelHeight, layer.Geometry.KernelWidth);
        strides = random.Next(3) switch
        {
            0 => [layer.Inputs * kh * kw, kh * kw, kw, 1],
            1 => [kh * kw, layer.Outputs * kh * kw, kw, 1],
            _ => [1, layer.Outputs, kw * layer.Inputs * layer.Outputs, layer.Inputs * layer.Outputs],
        };
        float[] result = new float[w.Length];
        for (int i = 0; i < w.Length; i++)
        {
            result[Place(layer, strides, i)] = w[i];
        }

        return result;
    }

    /// <summary>Where the weight with index i in [o, i, ky, kx] order lies.</summary>
    private static int Place(ConvolutionCase layer, int[] strides, int i)
    {
        (int kh, int kw) = (layer.Geometry.KernelHeight, layer.Geometry.KernelWidth);
        int input = i / kw / kh % layer.Inputs;
        int output = i / kw / kh / layer.Inputs;
        return (output * strides[0]) + (input * strides[1]) + (i / kw % kh * strides[2]) + (i % kw * strides[3]);
    }
}
