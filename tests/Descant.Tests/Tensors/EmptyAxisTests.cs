using Descant.Tensors;

namespace Descant.Tests.Tensors;

/// <summary>Tensors without elements: a sum of nothing is 0, and what has no values still has a shape and gradients.</summary>
public sealed class EmptyAxisTests
{
    public static TheoryData<VectorWidth> Widths() => [.. Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported)];

    [Fact]
    public void Views_of_nothing_have_the_shape_asked_for()
    {
        using Engine engine = new(1);
        Tensor rows = engine.Parameter([], 0, 3), columns = engine.Zeros(2, 0);
        Assert.Equal([0, 3], rows.Reshape(0, 3).Shape);
        Assert.Equal([1, 0, 3], rows.Unsqueeze(0).Shape);
        Assert.Equal([0, 3, 1], rows.Unsqueeze(-1).Shape);
        Assert.Equal([0], rows.Reshape(-1).Shape);
        Assert.Equal([0, 2], columns.Reshape(0, 2).Shape);
        Assert.Equal([5, 0, 7], columns.Transpose(0, 1).Reshape(5, 0, 7).Shape);
        Assert.Throws<ArgumentException>(() => columns.Reshape(1));

        GradientTape tape = engine.Record();
        Tensor loss = rows.On(tape).Reshape(3, 0).Sum() + engine.Zeros(1, 1);
        Assert.Equal([0, 3], tape.Backward(loss)[rows]!.Shape);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Matrix_products_over_nothing_are_zeros(VectorWidth width)
    {
        using Engine engine = new(2, width);
        foreach (int[] leading in new[] { Array.Empty<int>(), [2], [2, 3], [2, 1, 2, 3] })
        {
            foreach (int columns in new[] { 3, 70 })
            {
                using Engine scope = engine.Scope();
                Soil(scope);
                Tensor a = scope.Parameter([], [.. leading, 2, 0]), b = scope.Parameter([], [.. leading, 0, columns]);
                GradientTape tape = scope.Record();
                Tensor y = Tensor.MatMul(a.On(tape), b.On(tape));
                Assert.Equal([.. leading, 2, columns], y.Shape);
                Assert.All(y.ToArray(), value => Assert.Equal(0, value));
                Gradients gradients = tape.Backward(y.Sum());
                Assert.Equal(a.Shape, gradients[a]!.Shape);
                Assert.Equal(b.Shape, gradients[b]!.Shape);
            }
        }

        Assert.Equal([0, 3], Tensor.MatMul(engine.Zeros(0, 2), engine.Zeros(2, 3)).Shape);
        Assert.Equal([2, 0, 5, 3], Tensor.MatMul(engine.Zeros(2, 0, 5, 4), engine.Zeros(2, 0, 4, 3)).Shape);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_linear_layer_without_inputs_is_its_bias(VectorWidth width)
    {
        using Engine engine = new(2, width);
        using Engine scope = engine.Scope();
        Soil(scope);
        float[] values = [.. Enumerable.Range(0, 70).Select(i => i - 35f)];
        foreach (bool isParameter in new[] { true, false })
        {
            Tensor weight = isParameter ? scope.Parameter([], 70, 0) : scope.Zeros(70, 0), bias = scope.Parameter(values, 70);
            GradientTape tape = scope.Record();
            Tensor y = scope.Zeros(3, 0).On(tape).Linear(weight, bias);
            Assert.Equal([.. values, .. values, .. values], y.ToArray());
            Assert.Equal([.. values, .. values, .. values], Tensor.LinearJoined([scope.Zeros(3, 0), scope.Zeros(3, 0)], weight, bias).ToArray());
            Assert.All(tape.Backward(y.Sum())[bias]!.ToArray(), value => Assert.Equal(3, value));
        }

        // And one without rows: its gradients are sums of nothing.
        Tensor w = scope.Parameter(new float[140], 70, 2), shift = scope.Parameter(values, 70);
        GradientTape second = scope.Record();
        Tensor none = scope.Zeros(0, 2).On(second).Linear(w, shift);
        Gradients gradients = second.Backward(none.Sum());
        Assert.Equal(new float[140], gradients[w]!.ToArray());
        Assert.Equal(new float[70], gradients[shift]!.ToArray());
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Upsampling_nothing_gives_nothing(VectorWidth width)
    {
        using Engine engine = new(2, width);
        foreach (int[] shape in new[] { new[] { 0, 3, 4 }, [3, 0, 4], [0, 3, 4, 5] })
        {
            Tensor x = engine.Parameter([], shape);
            GradientTape tape = engine.Record();
            Tensor y = x.On(tape).UpsampleNearest(2, 8) + x.On(tape).UpsampleLinear(2, 8, alignCorners: true);
            Assert.Equal([shape[0], shape[1], 8, .. shape[3..]], y.Shape);
            Assert.Equal(shape, tape.Backward(y.Sum())[x]!.Shape);
        }
    }

    /// <summary>Leaves numbers in the buffers that a scope recycles, so that what an operation does not write is not 0 by luck.</summary>
    private static void Soil(Engine scope)
    {
        using Engine soiled = scope.Scope();
        for (int i = 0; i < 8; i++)
        {
            soiled.Full(7, 64);
            soiled.Full(7, 8_000);
            soiled.Full(7, 210);
        }
    }
}
