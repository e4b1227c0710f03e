using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Tests.Tensors;

/// <summary>Gradients of the core's operations against central differences.</summary>
public sealed class GradientTests
{
    [Fact]
    public void Arithmetic_and_functions() => Check(
        (a, b) => ((a * b) + (a / (b.Square() + 1f))).Tanh() * (a - b).Sigmoid() * (a.Exp() + 2f).Log(), [3, 4], [3, 4]);

    [Fact]
    public void Broadcasting_sums_what_it_repeated() => Check((a, b) => ((a * b) + b).Square(), [2, 3, 4], [3, 1]);

    [Fact]
    public void Views_and_concatenation() => Check(
        (a, b) => (Tensor.Concat(1, a.Permute(1, 0).Slice(0, 1, 2), b.Reshape(2, 3)).PadReflect(1, 2, 3) * 0.5f).Square(), [4, 3], [6]);

    [Fact]
    public void Softmax_and_its_logarithm() => Check((a, b) => (a.Softmax(1) * b) + (b.LogSoftmax(0) * a), [3, 5], [3, 5]);

    [Fact]
    public void Linear_layer() => Check((a, b) => a.Linear(b).Tanh().Square(), [2, 3, 5], [4, 5]);

    [Fact]
    public void Matrix_products() => Check((a, b) => Tensor.MatMul(a, b.Transpose(1, 2)).Tanh(), [2, 3, 5], [2, 4, 5]);

    [Fact]
    public void Convolution_of_two_inputs() => Check(
        (a, b) => Tensor.Conv2d([a, a.Tanh()], b, null, ConvolutionGeometry.Square(3, stride: 2, pad: 1)).Tanh().Square(), [2, 2, 5, 7], [3, 4, 3, 3]);

    [Fact]
    public void Transposed_convolution_of_two_inputs() => Check(
        (a, b) => Tensor.ConvTranspose2d([a, a.Tanh()], b, null, ConvolutionGeometry.Square(5, stride: 2, pad: 2), (1, 1), Activation.Sigmoid).Square(),
        [2, 2, 3, 4],
        [4, 3, 5, 5]);

    [Fact]
    public void Losses() => Check(
        (a, b) => Tensor.L1Loss(a, b, b) + Tensor.L1Loss(a, b) + Tensor.MseLoss(a, b) + Tensor.BceLoss(a.Sigmoid(), b.Sigmoid().Detach()), [3, 7], [3, 7], secondIsConstant: true, tolerance: 5e-4); // one result, of which every difference has the rounding

    [Fact]
    public void Cross_entropy_of_certain_estimates_stays_finite()
    {
        using Engine engine = new(1);
        Tensor estimate = engine.Parameter([0, 0, 1, 1, 0.5f], 5);
        GradientTape tape = engine.Record();
        Tensor loss = Tensor.BceLoss(estimate.On(tape), engine.Tensor([0, 1, 0, 1, 1], 5));
        Assert.Equal((200 + Math.Log(2)) / 5, loss.Item(), 1e-5); // PyTorch: 100 for each certain and wrong one
        Assert.Equal([0.2f, 0, 0, -0.2f, -0.4f], tape.Backward(loss)[estimate]!.ToArray());
    }

    [Fact]
    public void Magnitudes_of_complex_parts() => Check((a, b) => Tensor.Hypotenuse(a, b) * a.Square().Log1p(), [3, 7], [3, 7]);

    [Fact]
    public void Masks_of_subbands() => Check(
        (a, b) => a.SubbandMask(b, 2).Tanh(), [1, 8, 16, 3], [2, 1, 2, 33, 3], secondIsConstant: true);

    /// <summary>Of what dropout keeps the gradient is its factor, of what it drops 0; kept is what the rate says.</summary>
    [Theory]
    [InlineData(0.25f)]
    [InlineData(0.4f)]
    public void Dropout_scales_what_it_keeps(float rate)
    {
        const int Count = 40_000;
        using Engine engine = new(2);
        Tensor ones = engine.Parameter([.. Enumerable.Repeat(1f, Count)], Count);
        GradientTape tape = engine.Record(seed: 5);
        Tensor dropped = ones.On(tape).Dropout(rate);
        float[] values = dropped.ToArray();
        Assert.All(values, value => Assert.True(value is 0 || value == 1 / (1 - rate), $"{value}"));

        // Five deviations of a binomial share.
        Assert.Equal(rate, values.Count(value => value == 0) / (double)Count, 5 * Math.Sqrt(rate * (1 - rate) / Count));
        Assert.Equal(values, tape.Backward(dropped.Sum())[ones]!.ToArray());
        Assert.Equal(values, ones.On(engine.Record(seed: 5)).Dropout(rate).ToArray());
        Assert.NotEqual(values, ones.On(engine.Record(seed: 6)).Dropout(rate).ToArray());
    }

    [Fact]
    public void Batch_normalisation_with_its_rectifier() => Check(
        (a, b) => a.BatchNorm(b.Slice(0, 0, 3), b.Slice(0, 3, 3), 1e-3f, 0.2f, out _).Square(), [4, 3, 5], [6]);

    [Fact]
    public void A_parameter_used_twice_collects_both_gradients()
    {
        using Engine engine = new(1);
        Tensor p = engine.Parameter([2, 3], 2);
        GradientTape tape = engine.Record();
        Tensor x = engine.Tensor([5, 7], 2).On(tape);
        Gradients gradients = tape.Backward(((x * p) + (x * x * p)).Sum());
        Assert.Equal([30, 56], gradients[p]!.ToArray());
        Assert.Throws<InvalidOperationException>(() => tape.Backward(p));
    }

    /// <summary>
    /// Every derivative of a weighted sum of a function's results against (f(x + h) − f(x − h)) / 2h, relative to the largest one of its
    /// tensor. The differences are taken result by result and summed in double, so that float32 rounds by 6e-8/h of the results that x
    /// changes, not of all; with the third derivative's h²/6 that is 1e-6 to 6e-5 at h = 5e-3. A step of 5e-4 crosses the kinks of absolute
    /// values and rectifiers ten times less often; the better of the two counts, since a wrong derivative fails both.
    /// </summary>
    private static void Check(Func<Tensor, Tensor, Tensor> function, int[] first, int[] second, bool secondIsConstant = false, double tolerance = 2e-4)
    {
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported))
        {
            Check(width, function, first, second, secondIsConstant, tolerance);
        }
    }

    private static void Check(VectorWidth width, Func<Tensor, Tensor, Tensor> function, int[] first, int[] second, bool secondIsConstant, double tolerance)
    {
        using Engine engine = new(2, width);
        Random random = new(11);
        float[] Values(int[] shape) => [.. Enumerable.Range(0, shape.Aggregate(1, (m, n) => m * n)).Select(_ => (random.NextSingle() * 2) - 1)];
        float[] va = Values(first), vb = Values(second);
        Tensor a = engine.Parameter(va, first), b = engine.Parameter(vb, second);
        GradientTape tape = engine.Record();
        Tensor y = function(a.On(tape), b.On(tape));
        float[] weights = y.ElementCount == 1 ? [1] : Values(y.Shape.ToArray());
        Gradients gradients = tape.Backward((y * engine.Tensor(weights, y.Shape)).Sum());
        Verify(a, va);
        if (!secondIsConstant)
        {
            Verify(b, vb);
        }

        void Verify(Tensor parameter, float[] values)
        {
            float[] got = gradients[parameter]!.ToArray();
            double[][] expected = [.. new[] { 5e-3f, 5e-4f }.Select(h => Enumerable.Range(0, values.Length).Select(i => Difference(i, h)).ToArray())];
            double scale = expected[0].Max(Math.Abs);
            for (int i = 0; i < got.Length; i++)
            {
                double error = expected.Min(differences => Math.Abs(differences[i] - got[i])) / scale;
                Assert.True(error <= tolerance, $"{width}, derivative {i}: expected {expected[0][i]}, got {got[i]}, {error:0.0e+0} of the largest (at most {tolerance:0.0e+0})");
            }

            double Difference(int i, float h)
            {
                float original = values[i], above = original + h, below = original - h;
                float[] high = At(above), low = At(below);
                At(original);
                return weights.Select((w, j) => w * ((double)high[j] - low[j])).Sum() / ((double)above - below);

                float[] At(float value)
                {
                    values[i] = value;
                    parameter.Assign(values);
                    return function(a, b).ToArray();
                }
            }
        }
    }
}
