using Descant.Tensors;
using Descant.Tests.Fixtures;

namespace Descant.Tests.Tensors;

/// <summary>Compares an operation with PyTorch's fixture and with central differences, on a given engine.</summary>
internal static class Conformance
{
    // Relative to the largest element. A few units of the last place (6e-8) of float32 for operations of one rounding; sums of n
    // products add about √n of them. PyTorch's own float32 errors against its float64, stored with each case, reach 3.5e-7 (1.1e-6 for
    // gradients), and where a case cancels more, up to 3e-4; four times that is allowed, for another order of summation.
    private const double Floor = 2e-6;
    private const double TimesPyTorch = 4;

    // Error of a central difference in float: third derivatives times ε²/6 plus rounding of the loss (6e-8 √n) over ε. The two are
    // equal near ε = (3 · 6e-8)^(1/3) ≈ 5e-3, where each is about 1e-5 of the scale. Behind a normalisation such a step carries some
    // units of a rectifier across its kink, which a tenth of it rarely does at ten times the rounding; the better of the two counts,
    // since a wrong derivative fails both.
    private static readonly float[] DifferenceSteps = [5e-3f, 5e-4f];
    private const double DifferenceTolerance = 1e-3;

    /// <summary>How a case's inputs lie in memory.</summary>
    public enum Memory
    {
        /// <summary>Row-major.</summary>
        Dense,

        /// <summary>Views: axes reversed in memory, inside a larger buffer.</summary>
        View,
    }

    /// <summary>What a comparison found.</summary>
    /// <param name="Case">The case's name.</param>
    /// <param name="Value">Largest relative error of the outputs.</param>
    /// <param name="Gradient">Largest relative error of the gradients.</param>
    /// <param name="Failure">What is wrong, or null.</param>
    public sealed record Result(string Case, double Value, double Gradient, string? Failure);

    public static Result AgainstPyTorch(OperationCase c, Engine engine, Memory memory)
    {
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Dictionary<string, Tensor> leaves = Leaves(c, scope, memory);
        Dictionary<string, Tensor> outputs = OperationTable.Run(c, leaves.ToDictionary(p => p.Key, p => p.Value.On(tape)));
        double value = 0, gradient = 0;
        foreach ((string name, Values expected) in c.Outputs)
        {
            Tensor actual = outputs[name];
            if (!actual.Shape.SequenceEqual(expected.Shape))
            {
                return new Result(c.Name, double.NaN, double.NaN, $"{c.Name}: shape of {name} expected [{string.Join(", ", expected.Shape)}], got {actual}");
            }

            value = Worst(value, RelativeError(expected.Elements, actual.ToArray()));
        }

        if (c.Gradients.Count > 0)
        {
            Gradients gradients = tape.Backward(Loss(c, outputs));
            foreach ((string name, Values expected) in c.Gradients)
            {
                float[] actual = gradients[leaves[name]]?.ToArray() ?? new float[expected.Elements.Length];
                gradient = Worst(gradient, RelativeError(expected.Elements, actual));
            }
        }

        // Without a tape, as in inference.
        Dictionary<string, Tensor> plain = c.Operation == "batch_norm" ? outputs : OperationTable.Run(c, Leaves(c, scope, memory));
        value = c.Outputs.Aggregate(value, (worst, o) => Worst(worst, RelativeError(o.Value.Elements, plain[o.Key].ToArray())));
        double mostValue = Math.Max(Floor, TimesPyTorch * c.ValueErrorOfPyTorch), mostGradient = Math.Max(Floor, TimesPyTorch * c.GradientErrorOfPyTorch);
        bool passes = value <= mostValue && gradient <= mostGradient;
        return new Result(c.Name, value, gradient, passes ? null : $"{c.Name}: value {value:0.0e+0} (at most {mostValue:0.0e+0}), gradient {gradient:0.0e+0} (at most {mostGradient:0.0e+0})");
    }

    /// <summary>The derivative along one direction per input, against (L(x + εd) − L(x − εd)) / 2ε.</summary>
    public static Result AgainstDifferences(OperationCase c, Engine engine)
    {
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Dictionary<string, Tensor> leaves = Leaves(c, scope, Memory.Dense);
        Gradients gradients = tape.Backward(Loss(c, OperationTable.Run(c, leaves.ToDictionary(p => p.Key, p => p.Value.On(tape)))));
        double worst = 0;
        foreach (string name in c.Gradients.Keys)
        {
            worst = Worst(worst, DirectionalError(
                c.Inputs[name].Elements,
                gradients[leaves[name]]?.ToArray() ?? new float[c.Inputs[name].Elements.Length],
                moved => LossAt(c, engine, name, moved)));
        }

        return OfDifferences(c, worst);
    }

    /// <summary>How far a gradient's derivative along one direction is from the central difference, relative to the sum of its terms' magnitudes.</summary>
    public static double DirectionalError(float[] at, float[] gradient, Func<float[], double> loss)
    {
        float[] direction = Counter.Uniform(77, at.Length);
        double analytic = 0, scale = 0;
        for (int i = 0; i < direction.Length; i++)
        {
            analytic += (double)gradient[i] * direction[i];
            scale += Math.Abs((double)gradient[i] * direction[i]);
        }

        double LossAt(float step) => loss([.. at.Select((v, i) => v + (step * direction[i]))]);
        return DifferenceSteps.Min(step => Math.Abs(((LossAt(step) - LossAt(-step)) / (2 * step)) - analytic)) / Math.Max(scale, 1e-2);
    }

    public static Result OfDifferences(OperationCase c, double worst) => new(
        c.Name, 0, worst, worst <= DifferenceTolerance ? null : $"{c.Name}: derivative differs from the central difference by {worst:0.0e+0} (at most {DifferenceTolerance:0.0e+0})");

    public static double RelativeError(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length)
        {
            return double.PositiveInfinity;
        }

        double largest = 0, difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (!float.IsFinite(expected[i]))
            {
                difference = expected[i].Equals(actual[i]) ? difference : double.NaN; // NaN and infinities have no scale: the same or wrong
                continue;
            }

            largest = Math.Max(largest, Math.Abs((double)expected[i]));
            difference = Worst(difference, Math.Abs((double)expected[i] - actual[i]));
        }

        return difference == 0 ? 0 : difference / Math.Max(largest, 1e-30);
    }

    /// <summary>The maximum, in which "not a number" wins.</summary>
    private static double Worst(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? double.NaN : Math.Max(a, b);

    private static Dictionary<string, Tensor> Leaves(OperationCase c, Engine engine, Memory memory) => c.Inputs.ToDictionary(
        p => p.Key,
        p => c.Gradients.ContainsKey(p.Key) && memory == Memory.Dense
            ? engine.Parameter(p.Value.Elements, p.Value.Shape)
            : memory == Memory.Dense ? engine.Tensor(p.Value.Elements, p.Value.Shape) : View(engine, p.Value, c.Gradients.ContainsKey(p.Key)));

    /// <summary>The same values with the axes reversed in memory and padding around them.</summary>
    private static Tensor View(Engine engine, Values values, bool isParameter)
    {
        int[] shape = values.Shape, reversed = [.. Enumerable.Range(0, shape.Length).Reverse()];
        Tensor dense = engine.Tensor(values.Elements, shape);
        if (shape.Length == 0)
        {
            dense.RequiresGradient = isParameter;
            return dense;
        }

        Tensor flipped = dense.Permute(reversed).RowMajorCopy().PadZeros(0, 1, 2);
        Tensor view = flipped.Slice(0, 1, shape[^1]).Permute(reversed);
        view.RequiresGradient = isParameter;
        return view;
    }

    /// <summary>Σ w · y over all outputs, with the weights that make_ops.py used.</summary>
    private static Tensor Loss(OperationCase c, Dictionary<string, Tensor> outputs)
    {
        Tensor? sum = null;
        int stream = 1000;
        foreach (string name in c.Outputs.Keys)
        {
            Tensor y = outputs[name];
            Tensor term = (y * y.Engine.Tensor(Counter.Uniform(stream++, y.ElementCount), y.Shape)).Sum().Reshape(1);
            sum = sum is null ? term : sum + term;
        }

        return sum!;   // a case has an output
    }

    private static double LossAt(OperationCase c, Engine engine, string moved, float[] elements)
    {
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();   // batch norm and dropout train while a tape records
        Dictionary<string, Tensor> leaves = Leaves(c, scope, Memory.Dense);
        leaves[moved] = scope.Tensor(elements, c.Inputs[moved].Shape);
        Dictionary<string, Tensor> outputs = OperationTable.Run(c, leaves.ToDictionary(p => p.Key, p => p.Value.On(tape)));
        double sum = 0;
        int stream = 1000;
        foreach (string name in c.Outputs.Keys)
        {
            float[] y = outputs[name].ToArray(), w = Counter.Uniform(stream++, y.Length);
            for (int i = 0; i < y.Length && !name.StartsWith("running", StringComparison.Ordinal); i++)   // statistics carry no gradient
            {
                sum += (double)y[i] * w[i];
            }
        }

        return sum;
    }
}
