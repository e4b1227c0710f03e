using Descant.Nn;
using Descant.Tensors;
using Descant.Tests.Fixtures;
using Descant.Tests.Tensors;

namespace Descant.Tests.Nn;

/// <summary>Compares a layer that owns its parameters with PyTorch's module of the same name: names, order, shapes, values and all gradients.</summary>
internal static class ModuleConformance
{
    // As in Conformance: a few roundings of float32 relative to the largest element, against PyTorch in float64.
    private const double Tolerance = 3e-6;

    private static readonly string[] Activations = ["x", "query", "memory"];

    private static readonly Dictionary<string, Func<OperationCase, Initializer, (Module Module, Func<IReadOnlyList<Tensor>, Tensor> Forward)>> Layers =
        new(StringComparer.Ordinal)
        {
            ["lstm_module"] = (c, init) =>
            {
                var lstm = new Lstm(c.Integer("inputSize"), c.Integer("hiddenSize"), init, c.Integer("layers"), c.Flag("bidirectional"));
                return (lstm, x => lstm.Forward(x[0]));
            },
            ["gru_module"] = (c, init) =>
            {
                var gru = new Gru(c.Integer("inputSize"), c.Integer("hiddenSize"), init, c.Integer("layers"), c.Flag("bidirectional"));
                return (gru, x => gru.Forward(x[0]));
            },
            ["multi_head_attention"] = (c, init) =>
            {
                var attention = new MultiHeadAttention(c.Integer("embedding"), c.Integer("heads"), init);
                return (attention, x => x.Count == 1 ? attention.Forward(x[0]) : attention.Forward(x[0], x[1]));
            },
            ["transformer_encoder_layer"] = (c, init) =>
            {
                var encoder = new TransformerEncoderLayer(c.Integer("embedding"), c.Integer("heads"), c.Integer("feedForward"), init);
                return (encoder, x => encoder.Forward(x[0]));
            },
            ["transformer_decoder_layer"] = (c, init) =>
            {
                var decoder = new TransformerDecoderLayer(c.Integer("embedding"), c.Integer("heads"), c.Integer("feedForward"), init);
                return (decoder, x => decoder.Forward(x[0], x[1]));
            },
        };

    public static bool Knows(string operation) => Layers.ContainsKey(operation);

    public static Conformance.Result AgainstPyTorch(OperationCase c, Engine engine)
    {
        (Module module, Func<IReadOnlyList<Tensor>, Tensor> forward) = Layers[c.Operation](c, new Initializer(engine, seed: 1));
        Parameter[] parameters = [.. module.Parameters];
        string[] expectedNames = [.. c.Inputs.Keys.Except(Activations)], names = [.. parameters.Select(p => p.Name)];
        if (!names.SequenceEqual(expectedNames))
        {
            return Failed(c, $"parameters are called {string.Join(", ", names)}, PyTorch's {string.Join(", ", expectedNames)}");
        }

        foreach (Parameter p in parameters)
        {
            if (!p.Value.Shape.SequenceEqual(c.Inputs[p.Name].Shape))
            {
                return Failed(c, $"{p.Name} is {p.Value}, PyTorch's [{string.Join(", ", c.Inputs[p.Name].Shape)}]");
            }

            p.Value.Assign(c.Inputs[p.Name].Elements);
        }

        Dictionary<string, Tensor> inputs = Activations.Where(c.Inputs.ContainsKey).ToDictionary(
            key => key, key => engine.Parameter(c.Inputs[key].Elements, c.Inputs[key].Shape));
        Values expected = c.Outputs["y"];
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor y = forward([.. inputs.Values.Select(x => x.On(tape))]);
        if (!y.Shape.SequenceEqual(expected.Shape))
        {
            return Failed(c, $"the result is {y}, PyTorch's [{string.Join(", ", expected.Shape)}]");
        }

        double inference = Conformance.RelativeError(expected.Elements, forward([.. inputs.Values]).ToArray());
        double value = Math.Max(inference, Conformance.RelativeError(expected.Elements, y.ToArray()));
        Gradients gradients = tape.Backward((y * scope.Tensor(Counter.Uniform(1000, y.ElementCount), y.Shape)).Sum());

        // A bias of keys moves all scores of a query alike: its gradient is 0 and its third of in_proj_bias is measured by the others.
        double gradient = parameters.Select(p => (p.Name, p.Value)).Concat(inputs.Select(i => (Name: i.Key, i.Value))).Max(leaf =>
            Conformance.RelativeError(c.Gradients[leaf.Name].Elements, gradients[leaf.Value]?.ToArray()));
        return new Conformance.Result(c.Name, value, gradient, value <= Tolerance && gradient <= Tolerance
            ? null
            : $"{c.Name}: value {value:0.0e+0}, gradient {gradient:0.0e+0} (at most {Tolerance:0.0e+0})");
    }

    /// <summary>The derivative along one direction per parameter and input, against (L(x + εd) − L(x − εd)) / 2ε.</summary>
    public static Conformance.Result AgainstDifferences(OperationCase c, Engine engine)
    {
        (Module module, Func<IReadOnlyList<Tensor>, Tensor> forward) = Layers[c.Operation](c, new Initializer(engine, seed: 1));
        Parameter[] parameters = [.. module.Parameters];
        (string Name, Tensor Value)[] inputs = [.. Activations.Where(c.Inputs.ContainsKey).Select(key => (key, engine.Parameter(c.Inputs[key].Elements, c.Inputs[key].Shape)))];
        (string Name, Tensor Value)[] leaves = [.. parameters.Select(p => (p.Name, p.Value)), .. inputs];
        foreach ((string name, Tensor value) in leaves)
        {
            value.Assign(c.Inputs[name].Elements);
        }

        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor y = forward([.. inputs.Select(x => x.Value.On(tape))]);
        float[] weights = Counter.Uniform(1000, y.ElementCount);
        Gradients gradients = tape.Backward((y * scope.Tensor(weights, y.Shape)).Sum());
        double Loss() => forward([.. inputs.Select(x => x.Value.On(scope))]).ToArray().Zip(weights, (v, w) => (double)v * w).Sum();
        double worst = 0;
        foreach ((string name, Tensor value) in leaves)
        {
            worst = Math.Max(worst, Conformance.DirectionalError(c.Inputs[name].Elements, gradients[value]?.ToArray() ?? new float[value.ElementCount], moved =>
            {
                value.Assign(moved);
                return Loss();
            }));
            value.Assign(c.Inputs[name].Elements);
        }

        return Conformance.OfDifferences(c, worst);
    }

    private static Conformance.Result Failed(OperationCase c, string problem) => new(c.Name, double.NaN, double.NaN, $"{c.Name}: {problem}");
}
