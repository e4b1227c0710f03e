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
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Layers_of_the_networks_match_naive_sums(int threads)
    {
        using WorkerPool pool = new(threads);
        Random random = new(21);
        foreach (ConvolutionCase layer in Layers())
        {
            foreach (VectorWidth width in KernelData.Widths)
            {
                Check(pool, width, random, layer);
            }
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
            foreach (VectorWidth width in KernelData.Widths)
            {
                Check(pool, width, random, layer);
            }
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
            Assert.Equal(
                Run(one, VectorWidths.Best, new Random(seed), layer, x, w, new float[layer.Outputs], default, bias),
                Run(three, VectorWidths.Best, new Random(seed), layer, x, w, new float[layer.Outputs], default, bias));
        }
    }

    private static void Check(WorkerPool pool, VectorWidth width, Random random, ConvolutionCase layer)
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

        float[] actual = Run(pool, width, random, layer, x, w, scale, activation, bias);
        KernelData.AssertClose(expected, actual, layer.Inputs * layer.Taps, $"{width} {activation} {layer}");
    }

    private static float[] Run(
        WorkerPool pool, VectorWidth width, Random random, ConvolutionCase layer, float[] x, float[] w, float[] scale,
        Activation activation, float[] bias)
    {
        using ImageBuffer output = new(random, layer.Batch, layer.OutputHeight, layer.OutputWidth, layer.Outputs, true);
        ImageBuffer[] buffers = new ImageBuffer[layer.InputChannels.Length];
        Image[] inputs = new Image[buffers.Length];
        int first = 0;
        for (int i = 0; i < buffers.Length; i++)
        {
            buffers[i] = new ImageBuffer(random, layer.Batch, layer.Height, layer.Width, layer.InputChannels[i], random.Next(3) > 0);
            buffers[i].Write(x, first, layer.Inputs);
            inputs[i] = buffers[i].View;
            first += layer.InputChannels[i];
        }

        ConvolutionGeometry g = layer.Geometry;
        fixed (float* pw = Reorder(random, layer, w, out int[] strides), pBias = bias, pScale = scale)
        {
            FilterBank weights = new(pw, layer.Outputs, layer.Inputs, strides[0], strides[1], strides[2], strides[3]);
            PackedFilters filters = PackedFilters.Pack(pool, width, weights, g, layer.Direction);
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
            int kx = i % kw;
            int ky = i / kw % kh;
            int input = i / kw / kh % layer.Inputs;
            int output = i / kw / kh / layer.Inputs;
            result[(output * strides[0]) + (input * strides[1]) + (ky * strides[2]) + (kx * strides[3])] = w[i];
        }

        return result;
    }
}
