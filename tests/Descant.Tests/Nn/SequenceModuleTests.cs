using Descant.Nn;
using Descant.Tensors;
using Descant.Tests.Fixtures;
using Descant.Tests.Tensors;

namespace Descant.Tests.Nn;

/// <summary>Recurrent and attention layers against PyTorch's modules: parameter names and order, values, and all gradients.</summary>
public sealed class SequenceModuleTests
{
    // As in Conformance: a few roundings of float32 relative to the largest element, against PyTorch in float64.
    private const double Tolerance = 3e-6;

    public static TheoryData<string, string, VectorWidth, int> Cases()
    {
        var data = new TheoryData<string, string, VectorWidth, int>();
        foreach (string family in new[] { "recurrent_modules", "attention" })
        {
            foreach (OperationCase c in OperationCase.Load(family))
            {
                foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported))
                {
                    data.Add(family, c.Name, width, 1);
                    data.Add(family, c.Name, width, 2);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_PyTorch(string family, string name, VectorWidth width, int threads)
    {
        OperationCase c = OperationCase.Load(family).Single(x => x.Name == name);
        using var engine = new Engine(threads, width);
        (Module module, Func<IReadOnlyList<Tensor>, Tensor> forward) = Build(c, new Initializer(engine, seed: 1));
        List<Parameter> parameters = [.. module.Parameters];
        string[] activations = ["x", "query", "memory"];
        Assert.Equal(c.Inputs.Keys.Except(activations), parameters.Select(p => p.Name));
        foreach (Parameter p in parameters)
        {
            Assert.Equal(c.Inputs[p.Name].Shape, p.Value.Shape.ToArray());
            p.Value.Assign(c.Inputs[p.Name].Elements);
        }

        Dictionary<string, Tensor> inputs = activations.Where(c.Inputs.ContainsKey).ToDictionary(
            key => key, key => engine.Parameter(c.Inputs[key].Elements, c.Inputs[key].Shape));
        Values expected = c.Outputs["y"];
        using Engine scope = engine.Scope();
        Assert.InRange(Conformance.RelativeError(expected.Elements, forward([.. inputs.Values]).ToArray()), 0, Tolerance);

        GradientTape tape = scope.Record();
        Tensor y = forward([.. inputs.Values.Select(x => x.On(tape))]);
        Assert.Equal(expected.Shape, y.Shape.ToArray());
        Assert.InRange(Conformance.RelativeError(expected.Elements, y.ToArray()), 0, Tolerance);
        Gradients gradients = tape.Backward((y * scope.Tensor(Counter.Uniform(1000, y.ElementCount), y.Shape)).Sum());
        IEnumerable<(string Name, Tensor Value)> leaves = parameters.Select(p => (p.Name, p.Value)).Concat(inputs.Select(i => (i.Key, i.Value)));
        foreach ((string leaf, Tensor value) in leaves)
        {
            // A bias of keys moves all scores of a query alike: its gradient is 0 and its third is measured by the others.
            double error = Conformance.RelativeError(c.Gradients[leaf].Elements, gradients[value]!.ToArray()); // every leaf takes part
            Assert.True(error <= Tolerance, $"{name}: gradient of {leaf} differs by {error:0.0e+0}");
        }
    }

    [Fact]
    public void Positions_are_the_papers_sines_and_cosines()
    {
        using var engine = new Engine(1);
        float[] values = PositionalEncoding.Sinusoidal(engine, frames: 40, width: 6).ToArray();
        for (int t = 0; t < 40; t++)
        {
            for (int i = 0; i < 3; i++)
            {
                double angle = t / Math.Pow(10000, 2 * i / 6.0);
                Assert.Equal(Math.Sin(angle), values[(t * 6) + (2 * i)], 1e-6);
                Assert.Equal(Math.Cos(angle), values[(t * 6) + (2 * i) + 1], 1e-6);
            }
        }
    }

    [Fact]
    public void Dropout_acts_between_layers_and_only_while_recording()
    {
        using var engine = new Engine(1);
        var lstm = new Lstm(4, 5, new Initializer(engine, seed: 3), layers: 2, dropout: 0.5f);
        Tensor x = engine.Tensor(Counter.Uniform(1, 6 * 2 * 4), 6, 2, 4);
        float[] plain = lstm.Forward(x).ToArray();
        Assert.Equal(plain, lstm.Forward(x).ToArray());
        float[] dropped = lstm.Forward(x.On(engine.Record(seed: 1))).ToArray();
        Assert.NotEqual(plain, dropped);
        Assert.Equal(dropped, lstm.Forward(x.On(engine.Record(seed: 1))).ToArray());

        var single = new Lstm(4, 5, new Initializer(engine, seed: 3), dropout: 0.5f);
        Assert.Equal(single.Forward(x).ToArray(), single.Forward(x.On(engine.Record(seed: 1))).ToArray());
    }

    [Fact]
    public void A_whole_transformer_has_PyTorchs_parameters()
    {
        using var engine = new Engine(1);

        // 1 + 1 layers of width 512 and 2048: 7.36 million (SYSTEMS.md 2.3, counted with PyTorch).
        var transformer = new Transformer(512, 8, 2048, 1, 1, 0.4f, new Initializer(engine, seed: 0));
        Assert.Equal(7_358_464, transformer.ParameterCount);
        Assert.Contains("decoder.layers.0.multihead_attn.in_proj_weight", transformer.Parameters.Select(p => p.Name));
        Tensor x = engine.Tensor(Counter.Uniform(1, 3 * 512), 1, 3, 512);
        Assert.Equal([1, 3, 512], transformer.Forward(x, x).Shape.ToArray());
    }

    private static (Module Module, Func<IReadOnlyList<Tensor>, Tensor> Forward) Build(OperationCase c, Initializer init)
    {
        switch (c.Operation)
        {
            case "lstm_module":
                var lstm = new Lstm(c.Integer("inputSize"), c.Integer("hiddenSize"), init, c.Integer("layers"), c.Flag("bidirectional"));
                return (lstm, x => lstm.Forward(x[0]));
            case "gru_module":
                var gru = new Gru(c.Integer("inputSize"), c.Integer("hiddenSize"), init, c.Integer("layers"), c.Flag("bidirectional"));
                return (gru, x => gru.Forward(x[0]));
            case "multi_head_attention":
                var attention = new MultiHeadAttention(c.Integer("embedding"), c.Integer("heads"), init);
                return (attention, x => x.Count == 1 ? attention.Forward(x[0]) : attention.Forward(x[0], x[1]));
            case "transformer_encoder_layer":
                var encoder = new TransformerEncoderLayer(c.Integer("embedding"), c.Integer("heads"), c.Integer("feedForward"), init);
                return (encoder, x => encoder.Forward(x[0]));
            default:
                Assert.Equal("transformer_decoder_layer", c.Operation);
                var decoder = new TransformerDecoderLayer(c.Integer("embedding"), c.Integer("heads"), c.Integer("feedForward"), init);
                return (decoder, x => decoder.Forward(x[0], x[1]));
        }
    }
}
