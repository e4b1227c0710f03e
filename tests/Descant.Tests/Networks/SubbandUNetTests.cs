using System.Globalization;
using System.Text.Json;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;

namespace Descant.Tests.Networks;

/// <summary>Our network against its twin in PyTorch (Fixtures/make_subband.py): what is trained there must be what separates here.</summary>
public sealed class SubbandUNetTests
{
    private static readonly SubbandUNetOptions Small = new()
    {
        FftSize = 256,
        HopLength = 64,
        Subbands = 2,
        Widths = [4, 6, 8],
        Hidden = 5,
        Paths = 1,
        Targets = ["vocals", "drums", "bass", "other"],
    };

    [Fact]
    public void Separates_as_the_twin_does()
    {
        using SafetensorsFile fixture = Fixture();
        using Engine engine = new(2);
        SubbandUNet network = Filled(engine, fixture);
        float[] expected = fixture.Read("separated");
        float[] actual = network.Separate(Sources(engine, fixture).Sum(1).Reshape(2, 2, -1)).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5f);
    }

    [Fact]
    public void Learns_as_the_twin_does()
    {
        using SafetensorsFile fixture = Fixture();
        using Engine engine = new(2);
        SubbandUNet network = Filled(engine, fixture);
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor sources = Sources(scope, fixture);
        Tensor loss = network.Loss(new TrainingBatch(sources.Sum(1).Reshape(2, 2, -1).On(tape), sources, [22050, 9000]));
        Assert.Equal(double.Parse(fixture.Metadata["loss"], CultureInfo.InvariantCulture), loss.Item(), 1e-6);

        Gradients gradients = tape.Backward(loss);
        JsonElement errors = JsonDocument.Parse(fixture.Metadata["gradients32"]).RootElement;
        double largest = network.Parameters.Where(p => p.IsTrained).Max(p => Norm(fixture.Read($"gradient/{p.Name}")));
        foreach (Parameter parameter in network.Parameters.Where(p => p.IsTrained))
        {
            float[] expected = fixture.Read($"gradient/{parameter.Name}");
            float[] actual = gradients[parameter.Value]!.ToArray();
            double error = Norm([.. expected.Zip(actual, (a, b) => a - b)]) / Math.Max(Norm(expected), 1e-3 * largest);

            // As close to float64 as PyTorch's own float32, or nearly: both stumble over the same kinks.
            Assert.True(error < Math.Max(2e-3, 4 * errors.GetProperty(parameter.Name).GetDouble()), $"{parameter.Name}: {error}");
        }
    }

    [Fact]
    public void Weighs_levels_as_the_twin_does()
    {
        using SafetensorsFile fixture = Fixture();
        using Engine engine = new(2);
        SubbandUNet network = Filled(engine, fixture, Small with { OctaveWeight = 0.05f, SilenceWeight = 0.03f });
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor sounds = scope.Tensor([1, 1, 0, 1, 0, 1, 1, 1], 2, 4, 1, 1); // silent: the first item's bass, the second one's vocals
        Tensor sources = Sources(scope, fixture) * sounds;
        Tensor loss = network.Loss(new TrainingBatch(sources.Sum(1).Reshape(2, 2, -1).On(tape), sources, [22050, 9000]));
        Assert.Equal(double.Parse(fixture.Metadata["levels"], CultureInfo.InvariantCulture), loss.Item(), 1e-6);

        Gradients gradients = tape.Backward(loss);
        foreach (Parameter parameter in network.Parameters.Where(p => fixture.TryGet($"levels/{p.Name}", out _)))
        {
            float[] expected = fixture.Read($"levels/{parameter.Name}");
            float[] actual = gradients[parameter.Value]!.ToArray();
            Assert.InRange(Norm([.. expected.Zip(actual, (a, b) => a - b)]) / Norm(expected), 0, 2e-3);
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(129)]
    [InlineData(4001)]
    public void Separates_any_length_into_sources_that_sum_to_the_mixture(int samples)
    {
        using Engine engine = new(2);
        SubbandUNet network = new(Small, new Initializer(engine, 1));
        Tensor mixture = engine.Tensor([.. Enumerable.Range(0, 2 * samples).Select(i => MathF.Sin(0.3f * i))], 1, 2, samples);
        Tensor sources = network.Separate(mixture);
        Assert.Equal([1, 4, 2, samples], sources.Shape.ToArray());
        Assert.Equal(mixture.ToArray(), sources.Sum(1).ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Refuses_rows_that_its_levels_cannot_halve() =>
        Assert.Throws<ArgumentException>(() => new SubbandUNet(Small with { Widths = [4, 4, 4, 4, 4, 4, 4, 4] }, new Initializer(new Engine(1), 1)));

    private static SafetensorsFile Fixture() => SafetensorsFile.Open(Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", "subband.safetensors"));

    private static Tensor Sources(Engine engine, SafetensorsFile fixture) => engine.Tensor(fixture.Read("sources"), 2, 4, 2, 3000);

    private static SubbandUNet Filled(Engine engine, SafetensorsFile fixture, SubbandUNetOptions? options = null)
    {
        SubbandUNet network = new(options ?? Small, new Initializer(engine, 1));
        foreach (Parameter parameter in network.Parameters)
        {
            parameter.Value.Assign(fixture.Read($"weight/{parameter.Name}"));
        }

        return network;
    }

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(v => (double)v * v));
}
