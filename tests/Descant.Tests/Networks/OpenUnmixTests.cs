using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Fourier;
using Descant.Tests.Fixtures;

namespace Descant.Tests.Networks;

/// <summary>The variants of Open-Unmix: losses, transformer, standardisation. The network itself is compared in <see cref="NetworkConformanceTests"/>.</summary>
public sealed class OpenUnmixTests
{
    private const int Samples = 31 * 128;

    private static readonly OpenUnmixOptions Tiny = new()
    {
        SampleRate = 16000,
        Channels = 2,
        FftSize = 256,
        HopLength = 128,
        BandwidthHz = 6000,
        Hidden = 16,
        Layers = 2,
        Dropout = 0,
        Heads = 4,
        FeedForward = 24,
        ExcerptFrames = 32,
        SegmentFrames = 128,
    };

    [Theory]
    [InlineData("umx-tiny", "drums", "no_drums")]
    [InlineData("umx-time-tiny", "accompaniment", "vocals")]
    [InlineData("umx-transformer-tiny", "vocals", "accompaniment")]
    public void The_rest_is_named_after_the_target(string preset, string target, string rest)
    {
        using Engine engine = new(1);
        Network network = NetworkCatalog.Find(preset).With(new() { ["target"] = target }).Build(engine);
        Assert.Equal([target, rest], network.Sources);
    }

    /// <summary>Positions beyond the excerpts of training are values that the network has never seen.</summary>
    [Fact]
    public void A_preset_with_positions_separates_no_longer_segments_than_it_learns_from()
    {
        NetworkPreset[] presets = [.. NetworkCatalog.Entries.Where(entry => entry.Options is OpenUnmixOptions { Architecture: OpenUnmixArchitecture.Transformer, HasPositions: true })];
        Assert.Contains(presets, preset => preset.Name == "umx-transformer");
        using Engine engine = new(1);
        Assert.All(presets, preset =>
        {
            Network network = preset.Build(engine);
            Assert.InRange(network.SegmentSamples, 1, network.ExcerptSamples);
        });
    }

    public static TheoryData<OpenUnmixArchitecture, OpenUnmixLoss, float> Variants() => new()
    {
        { OpenUnmixArchitecture.Lstm, OpenUnmixLoss.Mse, 8000 },
        { OpenUnmixArchitecture.Lstm, OpenUnmixLoss.L1, 3000 },
        { OpenUnmixArchitecture.Lstm, OpenUnmixLoss.Dual, 8000 },
        { OpenUnmixArchitecture.Transformer, OpenUnmixLoss.Mse, 8000 },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Gradients_agree_with_central_differences(OpenUnmixArchitecture architecture, OpenUnmixLoss loss, float bandwidthHz)
    {
        using Engine engine = new(2);
        OpenUnmix network = new(Tiny with { Architecture = architecture, Loss = loss }, new Initializer(engine, 5));
        Parameter[] trained = [.. network.Parameters.Where(p => p.IsTrained)];
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor value = network.Loss(Batch(scope, tape, bandwidthHz, loss == OpenUnmixLoss.L1));
        Gradients gradients = tape.Backward(value);
        float[][] values = [.. trained.Select(p => p.Value.ToArray())];

        // Near the gradient, where the loss moves most against its rounding, but every parameter with a factor of its own.
        float[][] directions = [.. trained.Select((p, i) => gradients[p.Value]!.ToArray().Zip(Counter.Uniform(i, p.Value.ElementCount), (g, u) => g * (1 + (0.9f * u))).ToArray())];
        double analytic = trained.Select((p, i) => gradients[p.Value]!.ToArray().Zip(directions[i], (g, d) => (double)g * d).Sum()).Sum(); // every parameter takes part

        double At(float step)
        {
            for (int i = 0; i < trained.Length; i++)
            {
                trained[i].Value.Assign([.. values[i].Zip(directions[i], (v, d) => v + (step * d))]);
            }

            return network.Loss(Batch(scope, scope.Record(), bandwidthHz, loss == OpenUnmixLoss.L1)).Item();
        }

        // A small step: rectifiers have kinks, whose share of the difference grows with it (measured: in proportion, 6e-3 at 1e-4 of the
        // absolute error). The rounding of the loss, 6e-8 and a few, stays below 5e-3 of the difference.
        float size = (float)((loss == OpenUnmixLoss.L1 ? 3e-5 : 1e-4) * value.Item() / analytic);
        double numeric = (At(size) - At(-size)) / (2 * size);
        Assert.InRange(Math.Abs((numeric / analytic) - 1), 0, 5e-3);
    }

    [Fact]
    public void The_dual_loss_weighs_magnitudes_and_waveforms()
    {
        using Engine engine = new(1);
        Tensor Loss(OpenUnmixLoss loss) => new OpenUnmix(Tiny with { Loss = loss }, new Initializer(engine, 5)).Loss(Batch(engine, null, 8000));
        TrainingBatch batch = Batch(engine, null, 8000);
        float[] estimate = new OpenUnmix(Tiny, new Initializer(engine, 5)).Separate(batch.Mixture).Slice(1, 0, 1).ToArray();
        double waveforms = estimate.Zip(batch.Sources.Slice(1, 0, 1).ToArray(), (e, s) => ((double)e - s) * ((double)e - s)).Average();
        Assert.Equal((0.9 * Loss(OpenUnmixLoss.Mse).Item()) + (0.1 * waveforms), Loss(OpenUnmixLoss.Dual).Item(), 1e-5);
    }

    [Fact]
    public void Standardised_input_replaces_subtracting_and_dividing()
    {
        using Engine engine = new(1);
        OpenUnmix plain = new(Tiny, new Initializer(engine, 5)), standardised = new(Tiny, new Initializer(engine, 5));
        float[] mean = [.. Enumerable.Range(0, 129).Select(i => 0.01f * i)], deviation = [.. Enumerable.Range(0, 129).Select(i => i == 7 ? 0f : 2f)];
        standardised.Standardise(mean, deviation);
        Dictionary<string, float[]> set = standardised.Parameters.ToDictionary(p => p.Name, p => p.Value.ToArray());
        Assert.Equal(-0.05f, set["input_mean"][5], 1e-7);
        Assert.Equal(0.5f, set["input_scale"][5]);
        Assert.Equal(1 / 2e-4f, set["input_scale"][7], 1f);   // a silent bin: the floor of 1e-4 times the largest deviation
        Assert.Equal(97, set["input_mean"].Length);           // bins 0 to 96 lie at or below 6 kHz
        Assert.Throws<ArgumentException>(() => plain.Standardise(mean.AsSpan(0, 9), deviation));
    }

    [Fact]
    public void The_input_is_standardised_by_the_magnitudes_of_the_training_data_once()
    {
        using Engine engine = new(1);
        OpenUnmix network = new(Tiny, new Initializer(engine, 5));
        TrainingBatch batch = Batch(engine, null, 8000);
        network.Measure([batch]);
        float[] spectrum = batch.Mixture.Stft(new Stft(new StftSettings(256, 128))).ToArray();
        const int Bins = 129, Frames = 32, Part = 2 * 2 * Bins * Frames;   // [part, batch, channels, bins, frames]
        Dictionary<string, float[]> set = network.Parameters.ToDictionary(p => p.Name, p => p.Value.ToArray());
        for (int bin = 0; bin < 97; bin += 8)
        {
            double[] means = [.. from item in Enumerable.Range(0, 2)
                                 from frame in Enumerable.Range(0, Frames)
                                 select Enumerable.Range(0, 2).Average(channel => Magnitude((((((item * 2) + channel) * Bins) + bin) * Frames) + frame))];
            double mean = means.Average(), deviation = Math.Sqrt(means.Average(m => (m - mean) * (m - mean)));
            Assert.Equal(-mean, set["input_mean"][bin], 1e-5 * mean);
            Assert.Equal(1 / deviation, set["input_scale"][bin], 1e-3 / deviation); // the variance is a difference of sums
        }

        network.Measure([Batch(engine, null, 8000) with { Mixture = batch.Mixture * 2f }]);
        Assert.Equal(set["input_mean"], network.Parameters.Single(p => p.Name == "input_mean").Value.ToArray());

        double Magnitude(int i) => Math.Sqrt(((double)spectrum[i] * spectrum[i]) + ((double)spectrum[Part + i] * spectrum[Part + i]));
    }

    /// <summary>Two mixtures of two sources. Apart: sources far from any estimate, so that no error changes sign, where |·| has no derivative.</summary>
    private static TrainingBatch Batch(Engine engine, GradientTape? tape, float bandwidthHz, bool apart = false)
    {
        float[] sources = [.. Counter.Uniform(100, 2 * 2 * 2 * Samples).Select((u, i) => 0.2f * (float)(u + Math.Sin(0.05 * i)))];
        Tensor both = engine.Tensor(sources, 2, 2, 2, Samples);
        Tensor mixture = both.Sum(1).Reshape(2, 2, Samples);
        if (apart)
        {
            Tensor loud = mixture.Slice(0, 0, 1) * 8, silent = mixture.Slice(0, 1, 1) * 0; // above and below every estimate
            both = Tensor.Stack(1, Tensor.Concat(0, loud, silent), mixture);
        }

        return new TrainingBatch(tape is null ? mixture : mixture.On(tape), both, [bandwidthHz, 8000]);
    }
}
