using Descant.Tensors;
using Descant.Tensors.Fourier;
using Descant.Tensors.Kernels;
using Descant.Tests.Fixtures;

namespace Descant.Tests.Tensors;

/// <summary>
/// Inputs large enough to be split among threads and to leave odd tails: every path agrees with the narrowest vectors on one thread
/// (which OperationTests ties to PyTorch), and repeats itself bit for bit in recycled buffers.
/// </summary>
public sealed class PathTests
{
    // Another order of summation over up to 10^5 terms; what is not summed agrees to a few units of the last place.
    private const double Tolerance = 5e-6;

    private static readonly Stft Transform = new(new StftSettings(1024, 256));

    private static readonly Dictionary<string, (int[][] Shapes, Func<Tensor[], Tensor> Run)> Operations = new(StringComparer.Ordinal)
    {
        ["elementwise"] = ([[3, 7, 41, 37], [7, 1, 1]], t => ((t[0] * t[1]).Sigmoid() + t[0].Tanh().Exp()) / (t[1].Square() + 1f)),
        ["elementwise permuted"] = ([[37, 41, 7, 3], [3, 7, 41, 37]], t => t[0].Permute(3, 2, 1, 0) * t[1].LeakyRelu(0.2f)),
        ["smooth activations"] = ([[2, 50_021]], t => t[0].Softplus() * t[0].Gelu() + t[0].Elu() * t[0].Silu()),
        ["sum"] = ([[53, 29, 67]], t => t[0].Sum(0, 2) + t[0].Mean(1).Sum()),
        ["variance"] = ([[53, 29, 67]], t => t[0].Variance(0, 2)),
        ["max"] = ([[17, 101, 67]], t => t[0].Max(1) + t[0].Max(2).Max(1)),
        ["softmax"] = ([[37, 19, 151]], t => t[0].Softmax(-1) + t[0].LogSoftmax(1)),
        ["concat and slice"] = ([[3, 17, 31, 33], [3, 21, 31, 33]], t => Tensor.Concat(1, t[0], t[1]).Slice(2, 3, 27)),
        ["pad"] = ([[3, 17, 31, 33]], t => t[0].PadReflect(2, 5, 9).PadZeros(3, 2, 1)),
        ["linear"] = ([[201, 67], [131, 67], [131]], t => t[0].Linear(t[1], t[2])),
        ["matmul"] = ([[3, 70, 131], [3, 131, 66]], t => Tensor.MatMul(t[0], t[1])),
        ["batch norm"] = ([[3, 37, 31, 33], [37], [37]], t => t[0].BatchNorm(t[1], t[2], 1e-5f, 0.2f, out _)),
        ["group norm"] = ([[3, 36, 31, 33], [36], [36]], t => t[0].GroupNorm(4, t[1], t[2], 1e-5f)),
        ["layer norm"] = ([[150, 331], [331], [331]], t => t[0].LayerNorm(t[1], t[2], 1e-5f)),
        ["convolution 5x5 stride 2"] = ([[2, 17, 67, 45], [35, 17, 5, 5], [35]], t => Tensor.Conv2d([t[0]], t[1], t[2], ConvolutionGeometry.Square(5, 2, 2), Activation.LeakyRelu, 0.2f)),
        ["convolution 3x3"] = ([[2, 33, 41, 37], [34, 33, 3, 3], [34]], t => Tensor.Conv2d([t[0]], t[1], t[2], ConvolutionGeometry.Square(3, 1, 1))),
        ["convolution of one channel"] = ([[2, 1, 130, 67], [16, 1, 5, 5], [16]], t => Tensor.Conv2d([t[0]], t[1], t[2], ConvolutionGeometry.Square(5, 2, 2))),
        ["convolution of two inputs"] = ([[2, 9, 33, 31], [2, 14, 33, 31], [21, 23, 3, 3]], t => Tensor.Conv2d([t[0], t[1]], t[2], null, ConvolutionGeometry.Square(3, 1, 1))),
        ["transposed convolution"] = ([[2, 35, 31, 19], [35, 18, 5, 5], [18]], t => Tensor.ConvTranspose2d([t[0]], t[1], t[2], ConvolutionGeometry.Square(5, 2, 2), (1, 1), Activation.Relu)),
        ["transposed convolution to one channel"] = ([[2, 32, 31, 37], [32, 1, 5, 5], [1]], t => Tensor.ConvTranspose2d([t[0]], t[1], t[2], ConvolutionGeometry.Square(5, 2, 2), (1, 1))),
        ["convolution of signals"] = ([[2, 24, 2001], [25, 24, 15], [25]], t => Tensor.Conv1d([t[0]], t[1], t[2], padding: 7)),
        ["transposed convolution of signals"] = ([[2, 24, 1001], [24, 13, 8], [13]], t => Tensor.ConvTranspose1d([t[0]], t[1], t[2], stride: 4, padding: 2)),
        ["max pool"] = ([[3, 37, 33, 31]], t => t[0].MaxPool2d(2) + t[0].MaxPool2d(3, 2, 1).Slice(2, 0, 16).Slice(3, 0, 15)),
        ["average pool"] = ([[3, 37, 3001]], t => t[0].AvgPool1d(4)),
        ["upsample"] = ([[2, 19, 40, 31]], t => t[0].UpsampleLinear(2, 81, alignCorners: false).UpsampleNearest(3, 62)),
        ["complex magnitudes"] = ([[37, 41, 33], [37, 41, 33]], t => Tensor.Hypotenuse(t[0], t[1]).Log1p()),
        ["subband views"] = ([[2, 3, 2, 257, 37], [3], [256]], t => t[0].SubbandViews(t[1], t[2], 4, 16)),
        ["subband mask"] = ([[3, 32, 64, 41], [2, 3, 2, 257, 37]], t => t[0].SubbandMask(t[1], 4)),
        ["transforms"] = ([[3, 20_011]], t => t[0].Stft(Transform).InverseStft(Transform, 20_011)),
        ["lstm"] = ([[40, 5, 67], [4 * 33, 67], [4 * 33, 33], [4 * 33], [4 * 33]], t => Lstm(t)),
        ["gru"] = ([[40, 5, 67], [3 * 33, 67], [3 * 33, 33], [3 * 33], [3 * 33]], t => Gru(t)),
        ["upsample row-major"] = ([[2, 19, 1501]], t => t[0].Tanh().UpsampleLinear(2, 3001, alignCorners: true)),
    };

    private static Tensor Lstm(Tensor[] t)
    {
        Tensor h = t[0].Engine.Full(0, 1, 5, 33), c = t[0].Engine.Full(0, 1, 5, 33);
        return t[0].Lstm(new RecurrentWeights(t[1] * 0.1f, t[2] * 0.1f, t[3], t[4]), null, ref h, ref c);
    }

    private static Tensor Gru(Tensor[] t)
    {
        Tensor h = t[0].Engine.Full(0, 1, 5, 33);
        return t[0].Gru(new RecurrentWeights(t[1] * 0.1f, t[2] * 0.1f, t[3], t[4]), null, ref h);
    }

    public static TheoryData<string> Names() => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_width_and_thread_count_agrees_on_large_inputs(string name)
    {
        float[][] expected = Run(name, VectorWidth.Portable128, 1)[0];
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported))
        {
            foreach (int threads in new[] { 1, 2, 3 })
            {
                float[][][] runs = Run(name, width, threads);
                for (int k = 0; k < expected.Length; k++)
                {
                    string what = $"{name}, {width}, {threads} threads, {(k == 0 ? "value" : $"gradient {k - 1}")}";
                    double error = Conformance.RelativeError(expected[k], runs[0][k]);
                    Assert.True(error <= Tolerance, $"{what}: relative error {error:0.0e+0}");
                    Assert.True(runs[0][k].AsSpan().SequenceEqual(runs[1][k]), $"{what}: differs in recycled buffers");
                }
            }
        }
    }

    /// <summary>Value and gradients, twice: in fresh buffers and in those of the first run.</summary>
    private static float[][][] Run(string name, VectorWidth width, int threads)
    {
        using var engine = new Engine(threads, width);
        return [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using Engine scope = engine.Scope();
            GradientTape tape = scope.Record();
            (int[][] shapes, Func<Tensor[], Tensor> run) = Operations[name];
            Tensor[] leaves = [.. shapes.Select((shape, k) => scope.Parameter(Counter.Uniform(50 + k, shape.Aggregate(1, (a, b) => a * b)), shape))];
            Tensor y = run([.. leaves.Select(leaf => leaf.On(tape))]);
            Tensor weights = scope.Tensor(Counter.Uniform(90, y.ElementCount), y.Shape);
            float[] value = y.ToArray();
            Gradients gradients = tape.Backward((y * weights).Sum());
            return (float[][])[value, .. leaves.Select(leaf => gradients[leaf]?.ToArray() ?? [])];
        })];
    }
}
