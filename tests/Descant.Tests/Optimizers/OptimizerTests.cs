using System.Text.Json;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;
using Descant.Tests.Fixtures;
using Descant.Training.Optimizers;

namespace Descant.Tests.Optimizers;

/// <summary>Optimisers against ten steps of PyTorch's (make_optimizers.py), and their resumption bit for bit.</summary>
public sealed class OptimizerTests
{
    private static readonly int[] Sizes = [37, 5];

    public static TheoryData<string> Names() => ["adam", "adam_decay", "adamw", "rmsprop", "rmsprop_momentum", "rmsprop_centered", "sgd", "sgd_momentum", "sgd_nesterov", "adam_clipped"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Follows_PyTorch_for_ten_steps(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", "optimizers.safetensors"));
        JsonElement settings = JsonDocument.Parse(file.Metadata[name]).RootElement;
        using var engine = new Engine(2);
        Problem problem = new(engine, Make(name));
        float[][] expected = [file.Read($"{name}/0"), file.Read($"{name}/1")];
        double worst = 0;
        for (int step = 0; step < 10; step++)
        {
            double norm = problem.Step(name == "adam_clipped" ? 1.5 : double.PositiveInfinity);
            if (name == "adam_clipped")
            {
                Assert.Equal(settings.GetProperty("norms")[step].GetDouble(), norm, 1e-6 * norm);
            }

            for (int k = 0; k < Sizes.Length; k++)
            {
                float[] actual = problem.Parameters[k].Value.ToArray();
                worst = Math.Max(worst, actual.Select((v, i) => Math.Abs(v - expected[k][(step * Sizes[k]) + i])).Max());
            }
        }

        // Parameters are of size 1, so one rounding is 6e-8; PyTorch's own float32 differs from its float64 by 0.8e-7 to 2.4e-7 here.
        Assert.InRange(worst, 0, Math.Max(2.5e-7, 3 * settings.GetProperty("error32").GetDouble()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Continues_bit_for_bit_from_its_saved_state(string name)
    {
        using var engine = new Engine(1);
        Problem whole = new(engine, Make(name)), first = new(engine, Make(name));
        for (int step = 0; step < 4; step++)
        {
            whole.Step();
            first.Step();
        }

        Problem second = new(engine, Make(name));
        second.Optimizer.Restore(first.Optimizer.State.ToDictionary(p => p.Key, p => p.Value));
        for (int k = 0; k < Sizes.Length; k++)
        {
            second.Parameters[k].Value.Assign(first.Parameters[k].Value.ToArray());
        }

        first.Step();   // must not reach into the restored copy
        for (int step = 0; step < 5; step++)
        {
            whole.Step();
            second.Step();
        }

        Assert.Equal(Bits(whole), Bits(second));
    }

    [Fact]
    public void A_step_does_not_depend_on_threads_or_on_where_the_work_is_cut()
    {
        const int Count = 70_001;   // several jobs, the last one odd
        float[] start = Counter.Uniform(1, Count), gradient = Counter.Uniform(2, Count);
        float[][] results = [.. new[] { 1, 2 }.Select(threads =>
        {
            using var engine = new Engine(threads);
            Parameter parameter = new("p", engine.Parameter(start, Count), IsTrained: true);
            Gradients gradients = new();
            gradients.Add(parameter.Value, engine.Tensor(gradient, Count));
            var adam = new Adam(weightDecay: 0.1);
            adam.Step([parameter], gradients);
            adam.Step([parameter], gradients);
            return parameter.Value.ToArray();
        })];
        Assert.Equal(results[0], results[1]);

        // The same two steps, one element at a time.
        using var single = new Engine(1);
        foreach (int i in new[] { 0, 16_383, 16_384, 70_000 })
        {
            Parameter parameter = new("p", single.Parameter([start[i]], 1), IsTrained: true);
            Gradients gradients = new();
            gradients.Add(parameter.Value, single.Tensor([gradient[i]], 1));
            var adam = new Adam(weightDecay: 0.1);
            adam.Step([parameter], gradients);
            adam.Step([parameter], gradients);
            Assert.Equal(results[0][i], parameter.Value.Item());
        }
    }

    [Fact]
    public void Leaves_alone_what_is_not_trained_or_has_no_gradient()
    {
        using var engine = new Engine(1);
        Parameter kept = new("kept", engine.Tensor([1, 2], 2), IsTrained: false), idle = new("idle", engine.Parameter([3], 1), IsTrained: true);
        Gradients gradients = new();
        gradients.Add(kept.Value, engine.Tensor([1, 1], 2));
        var sgd = new Sgd(0.1, momentum: 0.9);
        sgd.Step([kept, idle], gradients);
        Assert.Equal([1f, 2f], kept.Value.ToArray());
        Assert.Equal(3f, idle.Value.Item());
        Assert.Empty(sgd.State);
    }

    [Fact]
    public void Counts_steps_exactly_beyond_the_integers_of_float()
    {
        var state = new Dictionary<string, float[]> { ["p.steps"] = [40, 123], ["p.exp_avg"] = [0], ["p.exp_avg_sq"] = [0] };
        var adam = new Adam();
        adam.Restore(state);
        using var engine = new Engine(1);
        Parameter parameter = new("p", engine.Parameter([1], 1), IsTrained: true);
        Gradients gradients = new();
        gradients.Add(parameter.Value, engine.Tensor([1], 1));
        adam.Step([parameter], gradients);
        Assert.Equal([40f, 124f], adam.State.First(p => p.Key == "p.steps").Value);
    }

    [Fact]
    public void Refuses_the_state_of_another_optimiser_or_model()
    {
        var adam = new Adam();
        string missing = Assert.Throws<InvalidDataException>(() => adam.Restore(new Dictionary<string, float[]> { ["p.steps"] = [0, 1], ["p.square_avg"] = [0] })).Message;
        Assert.Contains("'p.exp_avg'", missing, StringComparison.Ordinal);
        adam.Restore(new Dictionary<string, float[]> { ["p.steps"] = [0, 1], ["p.exp_avg"] = [0, 0], ["p.exp_avg_sq"] = [0, 0] });
        using var engine = new Engine(1);
        Parameter parameter = new("p", engine.Parameter([1], 1), IsTrained: true);
        Gradients gradients = new();
        gradients.Add(parameter.Value, engine.Tensor([1], 1));
        Assert.Contains("has 1 values, its kept state 2", Assert.Throws<InvalidDataException>(() => adam.Step([parameter], gradients)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_average_of_weights_follows_its_recursion_and_swaps_back()
    {
        using var engine = new Engine(1);
        Parameter parameter = new("p", engine.Parameter([1, -2, 4], 3), IsTrained: true);
        var average = new WeightAverage(0.75);
        average.Update([parameter]);
        parameter.Value.Assign([5, 2, 0]);
        average.Update([parameter]);
        Assert.Equal([2f, -1f, 3f], average.State["p"]);   // 0.75 · first + 0.25 · second, exact in binary
        var restored = new WeightAverage(0.75);
        restored.Restore(average.State);
        restored.Swap([parameter]);
        Assert.Equal([2f, -1f, 3f], parameter.Value.ToArray());
        restored.Swap([parameter]);
        Assert.Equal([5f, 2f, 0f], parameter.Value.ToArray());
        Assert.Equal([2f, -1f, 3f], average.State["p"]);
    }

    [Fact]
    public void The_norm_of_gradients_is_exact_to_float_at_any_size()
    {
        float[] values = Counter.Uniform(9, 100_003);
        double expected = values.Sum(v => (double)v * v);
        Assert.InRange(Math.Abs(GradientNorm.SumOfSquares(values) / expected - 1), 0, 1e-6);
        Assert.Equal(1, GradientNorm.ClipScale(0.4, 0.5));
        Assert.Equal(0.25f, GradientNorm.ClipScale(2, 0.5), 1e-6f);
        Assert.True(double.IsNaN(GradientNorm.SumOfSquares([1, float.NaN])));
    }

    private static Optimizer Make(string name) => name switch
    {
        "adam" or "adam_clipped" => new Adam(0.05),
        "adam_decay" => new Adam(0.02, 0.8, 0.95, 1e-3, 0.1),
        "adamw" => new AdamW(0.05, weightDecay: 0.2),
        "rmsprop" => new RmsProp(0.01),
        "rmsprop_momentum" => new RmsProp(0.01, 0.9, 1e-4, 0.05, 0.7),
        "rmsprop_centered" => new RmsProp(0.01, 0.9, centered: true),
        "sgd" => new Sgd(0.1),
        "sgd_momentum" => new Sgd(0.05, 0.9, 0.01),
        _ => new Sgd(0.05, 0.9, nesterov: true),
    };

    private static int[] Bits(Problem problem) => [.. problem.Parameters.SelectMany(p => p.Value.ToArray()).Select(BitConverter.SingleToInt32Bits)];

    /// <summary>The quadratic of make_optimizers.py: Σ c (p − t)² / 2.</summary>
    private sealed class Problem(Engine engine, Optimizer optimizer)
    {
        public Optimizer Optimizer => optimizer;

        public Parameter[] Parameters { get; } =
            [.. Sizes.Select((n, k) => new Parameter($"p{k}", engine.Parameter(Counter.Uniform(1 + k, n), n), IsTrained: true))];

        public double Step(double mostNorm = double.PositiveInfinity)
        {
            using Engine scope = engine.Scope();
            GradientTape tape = scope.Record();
            Tensor loss = scope.Zeros(1);
            for (int k = 0; k < Sizes.Length; k++)
            {
                Tensor curvature = scope.Tensor(Counter.Uniform(3 + k, Sizes[k]), Sizes[k]) + 1.5f;
                Tensor distance = Parameters[k].Value.On(tape) - scope.Tensor(Counter.Uniform(5 + k, Sizes[k]), Sizes[k]);
                loss += (curvature * distance.Square()).Sum().Reshape(1) / 2;
            }

            Gradients gradients = tape.Backward(loss);
            double norm = GradientNorm.Of(Parameters, gradients);
            optimizer.Step(Parameters, gradients, GradientNorm.ClipScale(norm, mostNorm));
            return norm;
        }
    }
}
