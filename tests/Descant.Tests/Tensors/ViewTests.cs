using Descant.Tensors;

namespace Descant.Tests.Tensors;

/// <summary>Views, broadcasting and sums against plain index arithmetic, over random layouts.</summary>
public sealed class ViewTests
{
    public static TheoryData<VectorWidth, int> Engines()
    {
        TheoryData<VectorWidth, int> engines = [];
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported))
        {
            engines.Add(width, 1);
            engines.Add(width, 2);
        }

        return engines;
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Sums_and_products_of_random_views_equal_index_arithmetic(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        Random random = new(17);
        for (int round = 0; round < 150; round++)
        {
            using Engine scope = engine.Scope();
            Tensor a = RandomView(scope, random, round % 10 == 0 ? 60 : 7);
            float[] values = a.ToArray();

            // A partner that broadcasts against it, itself a view.
            int[] shape = a.Shape.ToArray().Select(n => random.Next(3) == 0 ? 1 : n).ToArray();
            Tensor b = Filled(scope, random, [.. shape.Reverse()]).Permute([.. Enumerable.Range(0, shape.Length).Reverse()]);
            float[] product = (a * b).ToArray();
            float[] other = b.ToArray();
            for (int i = 0; i < values.Length; i++)
            {
                Assert.Equal(values[i] * other[IndexUnder(i, a.Shape, shape)], product[i], 1e-6f);
            }

            int[] axes = [.. Enumerable.Range(0, a.Rank).Where(_ => random.Next(2) == 0)];
            Tensor sum = a.Sum(axes);
            double[] expected = new double[sum.ElementCount];
            for (int i = 0; i < values.Length; i++)
            {
                expected[IndexUnder(i, a.Shape, sum.Shape.ToArray())] += values[i];
            }

            float[] got = sum.ToArray();
            for (int i = 0; i < got.Length; i++)
            {
                Assert.Equal(expected[i], got[i], 1e-6 * values.Length);
            }
        }
    }

    [Fact]
    public void Reshape_of_any_view_keeps_the_row_major_order_of_values()
    {
        using Engine engine = new(1);
        Random random = new(3);
        for (int round = 0; round < 300; round++)
        {
            Tensor a = RandomView(engine, random, 6);
            int[] factors = [.. Factors(a.ElementCount, random)];
            Assert.Equal(a.ToArray(), a.Reshape(factors).ToArray());
            Assert.Equal(a.ToArray(), a.Reshape(-1).ToArray());
        }
    }

    [Fact]
    public void Concat_places_parts_one_after_another()
    {
        using Engine engine = new(1);
        Tensor a = engine.Tensor([1, 2, 3, 4], 2, 2), b = engine.Tensor([5, 6], 2, 1);
        Assert.Equal([1, 2, 5, 3, 4, 6], Tensor.Concat(1, a, b).ToArray());
        ArgumentException error = Assert.Throws<ArgumentException>(() => Tensor.Concat(0, a, b));
        Assert.Contains("[2, 1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_a_tensor_after_its_scope_ended_says_so()
    {
        using Engine engine = new(1);
        Tensor x = engine.Tensor([1, 2], 2);
        Engine scope = engine.Scope();
        Tensor y = x.On(scope) + 1f;
        Assert.Equal([2, 3], y.ToArray());
        scope.Dispose();
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => y.ToArray());
        Assert.Contains("[2]", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2], x.ToArray());
    }

    [Fact]
    public void Shapes_that_do_not_broadcast_are_named()
    {
        using Engine engine = new(1);
        ArgumentException error = Assert.Throws<ArgumentException>(() => engine.Zeros(2, 3) + engine.Zeros(2, 4));
        Assert.Contains("add: [2, 3] and [2, 4]", error.Message, StringComparison.Ordinal);
    }

    private static Tensor Filled(Engine engine, Random random, int[] shape)
    {
        float[] values = new float[shape.Aggregate(1, (m, n) => m * n)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() * 2) - 1;
        }

        return engine.Tensor(values, shape);
    }

    private static Tensor RandomView(Engine engine, Random random, int largest)
    {
        int rank = random.Next(1, 5);
        Tensor x = Filled(engine, random, [.. Enumerable.Range(0, rank).Select(_ => random.Next(1, largest))]);
        int[] order = [.. Enumerable.Range(0, rank)];
        random.Shuffle(order);
        x = x.Permute(order);
        for (int axis = 0; axis < rank; axis++)
        {
            if (random.Next(3) == 0)
            {
                int length = random.Next(1, x.Shape[axis] + 1);
                x = x.Slice(axis, random.Next(0, x.Shape[axis] - length + 1), length);
            }
        }

        return x;
    }

    private static IEnumerable<int> Factors(int n, Random random)
    {
        while (n > 1)
        {
            int factor = Enumerable.Range(2, n - 1).First(f => n % f == 0);
            yield return factor;
            n /= factor;
            if (random.Next(3) == 0)
            {
                yield return 1;
            }
        }

        yield return 1;
    }

    private static int IndexUnder(int flat, ReadOnlySpan<int> shape, int[] broadcast)
    {
        int index = 0, stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            (flat, int position) = Math.DivRem(flat, shape[axis]);
            index += broadcast[axis] == 1 ? 0 : position * stride;
            stride *= broadcast[axis];
        }

        return index;
    }

    [Fact]
    public void Gradients_reach_a_parameter_through_views_taken_before_the_recording()
    {
        using Engine engine = new(1);
        Tensor weight = engine.Parameter([1, 2, 3, 4, 5, 6], 2, 3);
        Tensor column = weight.Transpose(0, 1).Slice(0, 1, 1), row = weight.Select(0, 1), flat = weight.Reshape(6).Slice(0, 4, 2);
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor x = scope.Full(2, 1).On(tape);
        Tensor loss = (x * column).Square().Sum() + (x * row).Sum() + (flat * x * x).Sum();
        Gradients gradients = tape.Backward(loss);

        // d/dw of 4·w² over column 1, 2·w over row 1 and 4·w over elements 4 and 5.
        Assert.Equal([0, 8 * 2, 0, 2, (8 * 5) + 2 + 4, 2 + 4], gradients[weight]!.ToArray());
    }

    [Fact]
    public void Gradients_reach_a_parameter_through_a_repetition_and_a_reshaped_transpose()
    {
        using Engine engine = new(1);
        Tensor weight = engine.Parameter([1, 2, 3, 4], 2, 2);
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor x = scope.Tensor([1, 2, 3, 4, 5, 6, 7, 8], 2, 2, 2).On(tape);
        Tensor loss = (x * weight.BroadcastTo(2, 2, 2)).Sum() + (x.Select(0, 0).Reshape(4) * weight.Transpose(0, 1).Reshape(4)).Sum();
        Gradients gradients = tape.Backward(loss);
        Assert.Equal([1 + 5 + 1, 2 + 6 + 3, 3 + 7 + 2, 4 + 8 + 4], gradients[weight]!.ToArray());
    }

    [Fact]
    public void What_was_computed_from_a_parameter_off_the_tape_is_refused_on_it()
    {
        using Engine engine = new(1);
        Tensor p = engine.Parameter([1, 2], 2), q = engine.Parameter([3, 4], 2);
        using Engine scope = engine.Scope();
        foreach (Func<Tensor> off in new Func<Tensor>[] { () => p.Square().Sum(), () => Tensor.Concat(0, p, q), () => (p * 2f).Reshape(1, 2) })
        {
            GradientTape tape = scope.Record();
            Tensor x = scope.Full(1, 1).On(tape);
            Assert.Contains("gradients would be lost", Assert.Throws<InvalidOperationException>(() => (x * p).Sum() + (x * off()).Sum()).Message, StringComparison.Ordinal);
        }

        GradientTape recorded = scope.Record();
        Tensor data = scope.Tensor([3, 3], 2).On(recorded);
        Tensor penalty = p.On(recorded).Square().Sum() + Tensor.Concat(0, p.On(recorded), q).Sum();
        Gradients gradients = recorded.Backward((data * p).Sum() + penalty + p.Square().Sum().Detach());
        Assert.Equal([3 + 2 + 1, 3 + 4 + 1], gradients[p]!.ToArray());
        Assert.Equal([1, 1], gradients[q]!.ToArray());
    }
}
