using Descant.Nn;
using Descant.Tensors;
using Descant.Tests.Fixtures;

namespace Descant.Tests.Nn;

/// <summary>What OperationTests cannot see of recurrent and attention layers: dropout, positions, parameter counts.</summary>
public sealed class SequenceModuleTests
{
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
}
