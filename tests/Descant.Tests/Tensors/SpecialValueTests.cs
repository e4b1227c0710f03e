using Descant.Tensors;

namespace Descant.Tests.Tensors;

/// <summary>What the fixture "special" cannot hold: losses that PyTorch refuses, division, whose outside truth is the processor's, and windows that PyTorch has no memory for.</summary>
public sealed class SpecialValueTests
{
    public static TheoryData<VectorWidth> Widths() => [.. Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Cross_entropy_of_what_is_no_probability_is_not_a_number(VectorWidth width)
    {
        using Engine engine = new(1, width);
        Tensor target = engine.Full(1, 19);
        foreach (float estimate in new[] { float.NaN, -0.5f })
        {
            Assert.Equal(float.NaN, Tensor.BceLoss(engine.Full(estimate, 19), target).Item());
        }

        // Beyond 1 the logarithm of the estimate is fine, that of one minus it is not; it counts even times 0.
        Assert.Equal(float.NaN, Tensor.BceLoss(engine.Full(1.5f, 19), target).Item());
    }

    /// <summary>torch.clamp passes the gradient where low ≤ x ≤ high, which NaN is not.</summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public void Clamping_gives_no_gradient_to_what_is_not_a_number(VectorWidth width)
    {
        using Engine engine = new(1, width);
        Tensor x = engine.Parameter([float.NaN, 1, 2, -1, -2, 0.5f, float.PositiveInfinity], 7);
        GradientTape tape = engine.Record();
        Assert.Equal([0, 1, 0, 1, 0, 1, 0], tape.Backward(x.On(tape).Clamp(-1, 1).Sum())[x]!.ToArray());
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Division_by_a_number_rounds_once(VectorWidth width)
    {
        using Engine engine = new(1, width);
        float[] numerators = [.. Enumerable.Range(-60, 121).Select(i => (float)i), 1e-30f, 1e30f, float.PositiveInfinity];
        foreach (float divisor in new[] { 49f, -3f, 0.1f, 1e-39f, 1e-44f, 3e38f })
        {
            Assert.Equal([.. numerators.Select(n => n / divisor)], (engine.Tensor(numerators, numerators.Length) / divisor).ToArray());
        }

        Tensor x = engine.Parameter([5], 1);
        GradientTape tape = engine.Record();
        Assert.Equal([1 / 49f], tape.Backward(x.On(tape) / 49f)[x]!.ToArray());
    }

    /// <summary>Windows whose padding makes them larger than an int can count.</summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public void Pooling_windows_of_any_size_are_counted(VectorWidth width)
    {
        using Engine engine = new(1, width);
        Tensor image = engine.Full(8, 1, 3, 2, 2);
        Assert.All(image.AvgPool2d(65536, 0, 32768).ToArray(), mean => Assert.Equal(4 * 8 / Math.Pow(2, 32), mean)); // four elements inside
        Assert.Equal([7], engine.Tensor([3, 7, 5], 1, 1, 3).MaxPool1d(int.MaxValue, 0, int.MaxValue / 2).ToArray());
    }
}
