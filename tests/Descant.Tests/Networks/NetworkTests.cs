using System.Text.Json.Nodes;
using Descant.Models;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;
using Descant.Training.Optimizers;

namespace Descant.Tests.Networks;

/// <summary>What every network must do, over the whole catalogue.</summary>
public sealed class NetworkTests
{
    public static TheoryData<string> Tiny() => [.. NetworkCatalog.Entries.Where(entry => entry.IsTiny).Select(entry => entry.Name)];

    public static TheoryData<string> All() => [.. NetworkCatalog.Entries.Select(entry => entry.Name)];

    /// <summary>Learning rates, steps and seeds that suffice for ten seconds. With another seed, one of S3's rectified outputs may die.</summary>
    private static readonly Dictionary<string, (double Rate, int Steps, int Seed)> Lessons = new()
    {
        ["s0-tiny"] = (2e-2, 60, 3),
        ["gru-ris-tiny"] = (1e-2, 30, 3),
        ["semi-supervised-tiny"] = (5e-3, 12, 3),
        ["umx-tiny"] = (2e-2, 60, 3),
        ["umx-transformer-tiny"] = (1e-2, 60, 3),
        ["umx-time-tiny"] = (5e-3, 60, 3),
        ["wave-u-net-tiny"] = (3e-3, 60, 3),
        ["s2-tiny"] = (3e-3, 200, 3),
        ["s2-a-tiny"] = (3e-3, 200, 3),
        ["s3-tiny"] = (1e-2, 200, 1),
        ["s3-multi-tiny"] = (1e-2, 300, 1),
        ["s4-dc-tiny"] = (2e-2, 120, 3),
        ["s4-hdc-tiny"] = (2e-2, 60, 3),
        ["s4-unet-tiny"] = (3e-2, 100, 3),
        ["s4-uh-net-tiny"] = (2e-2, 120, 3),
        ["subband-tiny"] = (1e-2, 40, 3),
    };

    /// <remarks>
    /// The loss of the semi-supervised network is its reconstructions, which a mask of 1 fulfils, and that is what ten seconds teach it:
    /// here it shows that gradients reach the generator, not that it separates. That is learnt from adversaries, for hours.
    /// </remarks>
    [Theory]
    [MemberData(nameof(Tiny))]
    public void Learns_ten_seconds_of_music_by_heart(string name)
    {
        using Engine engine = new(2);
        (double rate, int steps, int seed) = Lessons[name];
        Network network = NetworkCatalog.Find(name).Build(engine, seed);
        LearnsByHeart(engine, network, TenSeconds(network), rate, steps);
    }

    /// <summary>The ways of networks that no tiny preset goes.</summary>
    /// <remarks>
    /// A gain of 0 or more cannot turn signs, which leaves 0.087 of the first error of the time-domain network (whose gains begin with 1);
    /// the best gain that is the same everywhere leaves 0.65.
    /// With labels of one column each pair of background bins is wanted at right angles, of which D directions have no more than D: for N bins
    /// at least N² / (D − 1) remains (Welch's bound).
    /// </remarks>
    [Theory]
    [InlineData("gru-ris-tiny", """{ "is-recurrent": false }""", 1e-2, 50, 3, 0.1)]
    [InlineData("umx-tiny", """{ "loss": "l1" }""", 2e-2, 60, 3, 0.1)]
    [InlineData("umx-tiny", """{ "loss": "dual" }""", 2e-2, 40, 3, 0.1)]
    [InlineData("umx-transformer-tiny", """{ "has-positions": false }""", 1e-2, 60, 3, 0.1)]
    [InlineData("umx-time-tiny", """{ "loss": "l1" }""", 1e-2, 200, 3, 0.1)]
    [InlineData("umx-time-tiny", """{ "front-end": "wave-u-net", "first-filters": 8 }""", 2e-3, 300, 3, 0.1)]
    [InlineData("s2-tiny", """{ "has-strideless-pools": false, "unseen": "highest" }""", 1e-2, 100, 3, 0.1)]
    [InlineData("umx-time-tiny", """{ "head": "gain" }""", 2e-2, 60, 3, 0.4)]
    [InlineData("s2-tiny", """{ "output": "gains", "widths": [8] }""", 2e-2, 120, 3, 0.1)]
    [InlineData("s2-tiny", """{ "output": "gains", "widths": [8], "has-network-per-source": true }""", 2e-2, 250, 3, 0.1)]
    [InlineData("s3-tiny", """{ "loss-weights": [0.707, 0.293], "widths": [8, 16] }""", 1e-2, 100, 1, 0.1)]
    [InlineData("s3-tiny", """{ "loss-weights": [1, 0], "widths": [8, 16] }""", 1e-2, 100, 1, 0.1)]
    [InlineData("s3-tiny", """{ "loss-weights": [0, 1], "widths": [8, 16] }""", 1e-2, 250, 1, 0.1)]
    [InlineData("wave-u-net-tiny", """{ "sources": ["bass", "drums", "other", "vocals"] }""", 3e-3, 60, 3, 0.1)]
    [InlineData("s4-uh-net-tiny", """{ "reference-weight": 0 }""", 2e-2, 120, 3, 0.1)]
    [InlineData("s4-dc-tiny", """{ "magnitude-weights": true }""", 1e-2, 120, 3, 0.1)]
    [InlineData("s4-dc-tiny", """{ "single-column-labels": true }""", 1e-2, 120, 3, 0.5)]
    [InlineData("s4-unet-tiny", """{ "is-legacy": true, "scaling": "decibels", "resynthesis": "griffin-lim" }""", 3e-2, 60, 3, 0.1)]
    public void Learns_them_by_heart_with_other_settings_too(string name, string settings, double rate, int steps, int seed, float share)
    {
        using Engine engine = new(2);
        Network network = NetworkCatalog.Find(name).With(JsonNode.Parse(settings)!.AsObject()).Build(engine, seed);
        LearnsByHeart(engine, network, TenSeconds(network), rate, steps, share);
    }

    [Theory]
    [MemberData(nameof(Tiny))]
    public void Weights_are_the_same_with_and_without_recycling_and_memory_stops_growing(string name)
    {
        float[][] WeightsAfterFiveSteps(bool recycles)
        {
            using Engine engine = new(2);
            Network network = NetworkCatalog.Find(name).Build(engine, seed: 3);
            (float[] mixture, float[] sources) = Music(network, excerpts: 2);
            Adam optimizer = new(1e-3);
            Parameter[] parameters = [.. network.Parameters];
            long warm = 0;
            for (int step = 0; step < 5; step++)
            {
                Engine scope = engine.Scope();
                GradientTape tape = scope.Record((ulong)step);
                optimizer.Step(parameters, tape.Backward(network.Loss(Batch(scope, tape, network, mixture, sources))));
                if (recycles)
                {
                    scope.Dispose();
                    warm = step == 1 ? engine.AllocatedBytes : warm;
                }
            }

            Assert.True(!recycles || engine.AllocatedBytes == warm, "buffers were allocated after the second step");
            return [.. parameters.Select(p => p.Value.ToArray())];
        }

        Assert.Equal(WeightsAfterFiveSteps(recycles: false), WeightsAfterFiveSteps(recycles: true));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Estimates_have_the_mixtures_length(string name)
    {
        using Engine engine = new(2);
        NetworkPreset preset = NetworkCatalog.Find(name);
        Network network = preset.Build(engine);

        // Each of S3's outputs is a spectrogram of its own; only where one source is not learnt is it what the others leave.
        bool sums = network is not SpectrogramChannelsUNet channels || channels.LossWeights.Contains(0);
        foreach (int samples in preset.IsTiny ? [1, 1000, network.SampleRate + 17] : new[] { 1, (network.SampleRate / 4) + 17 })
        {
            using Engine scope = engine.Scope();
            Random random = new(1);
            Tensor mixture = scope.Tensor([.. Enumerable.Range(0, network.Channels * samples).Select(_ => random.NextSingle() - 0.5f)], 1, network.Channels, samples);
            Tensor estimates = network.Separate(mixture);
            Assert.Equal([1, network.Sources.Count, network.Channels, samples], estimates.Shape.ToArray());
            Assert.All(estimates.ToArray(), value => Assert.True(float.IsFinite(value)));
            if (sums)
            {
                Assert.Equal(0, estimates.Sum(1).ToArray().Zip(mixture.ToArray(), (sum, x) => Math.Abs(sum - x)).Max(), 1e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tiny))]
    public void A_saved_network_answers_as_before(string name)
    {
        using Engine engine = new(1);
        NetworkPreset preset = NetworkCatalog.Find(name);
        Network network = preset.Build(engine, seed: 9);
        string path = Path.Combine(Path.GetTempPath(), $"descant-{Guid.NewGuid():N}.safetensors");
        try
        {
            ModelFile.Save(path, preset, network);
            Network loaded = ModelFile.Load(path, engine);
            Tensor mixture = engine.Tensor([.. Music(network, 1).Mixture], 1, network.Channels, network.ExcerptSamples);
            Assert.Equal(network.Separate(mixture).ToArray(), loaded.Separate(mixture).ToArray());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("widths", "null", "setting 'widths' expects a value")]
    [InlineData("widths", "[]", "setting 'widths' expects at least one value")]
    [InlineData("widths", "[-1]", "setting 'widths' expects at least one value, each 1 to")]
    [InlineData("sampleRate", "2147483647", "setting 'sample-rate' expects 1000 to 768000 Hz")]
    [InlineData("sampleRate", "-5", "setting 'sample-rate' expects 1000 to 768000 Hz")]
    [InlineData("dropout", "7", "setting 'dropout' expects 0 to below 1")]
    [InlineData("hopLength", "0", "no network can be built")]
    public void A_model_whose_settings_are_damaged_is_refused_with_its_path(string key, string value, string expected)
    {
        using TemporaryFolder folder = new();
        using Engine engine = new(1);
        NetworkPreset preset = NetworkCatalog.Find("s0-tiny");
        string whole = folder["whole.safetensors"], damaged = folder["damaged.safetensors"];
        ModelFile.Save(whole, preset, preset.Build(engine, seed: 1));
        using (SafetensorsFile file = SafetensorsFile.Open(whole))
        {
            string optionsKey = file.Metadata.Single(pair => pair.Value.Contains("$type", StringComparison.Ordinal)).Key;
            JsonObject options = JsonNode.Parse(file.Metadata[optionsKey])!.AsObject();
            Assert.True(options.ContainsKey(key), options.ToJsonString());
            options[key] = JsonNode.Parse(value);
            Dictionary<string, string> metadata = new(file.Metadata) { [optionsKey] = options.ToJsonString() };
            using SafetensorsWriter writer = new(damaged, file.Entries.Select(entry => (entry.Name, entry.Shape)), metadata);
            foreach (SafetensorsEntry entry in file.Entries)
            {
                writer.Write(entry.Name, file.Read(entry.Name));
            }

            writer.Complete();
        }

        string message = Assert.Throws<InvalidDataException>(() => ModelFile.Load(damaged, engine)).Message;
        Assert.Contains(damaged, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s0-seed", 0.387)]
    [InlineData("s0-code", 6.29)]
    [InlineData("jansson", 9.82)]
    [InlineData("umx", 8.89)]
    [InlineData("gru-ris-l", 27.2)]
    [InlineData("s4-dc", 17.97)]
    [InlineData("s4-hdc", 18.63)]
    [InlineData("s4-unet", 14.79)]
    [InlineData("s4-unet-legacy", 14.79)]
    [InlineData("wave-u-net", 10.26)]
    [InlineData("s2-b", 54.61)]
    [InlineData("s2-a", 54.61)]
    [InlineData("s3-m4", 7.51)]
    [InlineData("s3-m6", 7.51)]
    [InlineData("s3-m4-32", 7.49)]
    [InlineData("s3-m4-64", 29.95)]
    public void Parameters_are_as_many_as_published(string name, double millions)
    {
        using Engine engine = new(1);
        Assert.Equal(millions, NetworkCatalog.Find(name).Build(engine).ParameterCount / 1e6, millions > 20 ? 0.06 : millions > 1 ? 0.006 : 0.0006);
    }

    [Theory]
    [InlineData("umx-transformer", 7.36)]
    [InlineData("umx-transformer-code", 44.1)]
    public void A_transformer_block_has_as_many_parameters_as_PyTorchs(string name, double millions)
    {
        using Engine engine = new(1);
        long count = NetworkCatalog.Find(name).Build(engine).Parameters.Where(p => p.Name.StartsWith("transformer.", StringComparison.Ordinal)).Sum(p => (long)p.Value.ElementCount);
        Assert.Equal(millions, count / 1e6, millions > 10 ? 0.06 : 0.006);
    }

    /// <summary>Thousand million multiply-adds of one item (SYSTEMS.md, section 10): layers counted by hand from the papers' sizes.</summary>
    /// <remarks>
    /// GRU-RIS, 60 frames of: encoder 2 · 3 · 744 · (744 + 744), decoder 3 · 1488 · (1488 + 1488) once and for each iteration, mask
    /// 1488 · 2049, denoiser 2 · 1024 · 2049. GRU-NRI: decoder 3 · 744 · (1488 + 744), mask 744 · 2049. Semi-supervised, images of 256²:
    /// (2 · 49 · 64 + 25 · 128 · 64) · 256² + (16 · 64 · 128 + 25 · 256 · 128) · 128² + (16 · 128 · 256 + 16 · 9 · 256²) · 64².
    /// </remarks>
    [Theory]
    [InlineData("s0-seed", 0.28, 0.006)]
    [InlineData("s0-code", 0.48, 0.006)]
    [InlineData("jansson", 0.75, 0.006)]
    [InlineData("umx", 2.3, 0.06)]
    [InlineData("s2-b", 5.7, 0.06)]
    [InlineData("s2-a", 14, 0.1)]
    [InlineData("s3-m1", 9.1, 0.06)]
    [InlineData("gru-nri", 1.04070384, 1e-6)]
    [InlineData("gru-ris-s", 4.02162912, 1e-6)] // 3 iterations
    [InlineData("gru-ris-l", 9.601272, 1e-6)] // 10 iterations
    [InlineData("semi-supervised", 70.204260352, 1e-6)]
    public void An_excerpt_costs_as_many_multiply_adds_as_counted_by_hand(string name, double expected, double tolerance)
    {
        NetworkPreset preset = NetworkCatalog.Find(name);
        using Engine engine = new(1);
        Network network = preset.Build(engine);
        double seconds = (double)network.ExcerptSamples / network.SampleRate;
        Assert.Equal(expected, NetworkCost.Of(preset).MultiplyAddsPerSecondOfAudio * seconds / 1e9, tolerance);
    }

    /// <summary>Trains on the same batch until the loss is below a share of that at step 0.</summary>
    private static void LearnsByHeart(Engine engine, Network network, (float[] Mixture, float[] Sources) batch, double rate, int steps, float share = 0.1f)
    {
        network.Measure([Batch(engine, null, network, batch.Mixture, batch.Sources)]);
        Dictionary<string, Adam> optimizers = network.Objectives.ToDictionary(objective => objective.Name, _ => new Adam(rate));
        float Step(int step, Func<TrainingBatch, Tensor> loss, Objective? objective)
        {
            using Engine scope = engine.Scope();
            GradientTape tape = scope.Record((ulong)step);
            Tensor value = loss(Batch(scope, tape, network, batch.Mixture, batch.Sources));
            if (objective is not null)
            {
                optimizers[objective.Name].LearningRate = rate * (0.02 + (0.5 * (1 + Math.Cos(Math.PI * step / steps))));
                optimizers[objective.Name].Step(objective.Parameters, tape.Backward(value));
            }

            return value.Item();
        }

        float first = Step(0, network.Loss, null);
        for (int step = 0; step < steps; step++)
        {
            foreach (Objective objective in network.Objectives)
            {
                Step(step, objective.Loss, objective);
            }
        }

        float last = Step(0, network.Loss, null);
        Assert.InRange(last, 0, share * first);
    }

    private static TrainingBatch Batch(Engine scope, GradientTape? tape, Network network, float[] mixture, float[] sources)
    {
        int batch = mixture.Length / (network.Channels * network.ExcerptSamples);
        Tensor x = scope.Tensor(mixture, batch, network.Channels, network.ExcerptSamples);
        return new TrainingBatch(
            tape is null ? x : x.On(tape),
            scope.Tensor(sources, batch, network.Sources.Count, network.Channels, network.ExcerptSamples),
            [.. Enumerable.Repeat(network.SampleRate / 2f, batch)]);
    }

    private static (float[] Mixture, float[] Sources) TenSeconds(Network network) =>
        Music(network, (int)Math.Ceiling(10.0 * network.SampleRate / network.ExcerptSamples));

    /// <summary>Music in as many excerpts, one after the other, [excerpt, source, channel, sample].</summary>
    private static (float[] Mixture, float[] Sources) Music(Network network, int excerpts)
    {
        int samples = network.ExcerptSamples, channels = network.Channels, count = network.Sources.Count;
        float[][] stems = TenSecondsOfMusic.Stems(network.Sources, network.SampleRate, excerpts * samples);
        float[] mixture = new float[excerpts * channels * samples], sources = new float[excerpts * count * channels * samples];
        for (int b = 0; b < excerpts; b++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int n = 0; n < samples; n++)
                {
                    for (int s = 0; s < count; s++)
                    {
                        float value = stems[s][(b * samples) + n];
                        sources[(((((b * count) + s) * channels) + c) * samples) + n] = value;
                        mixture[(((b * channels) + c) * samples) + n] += value;
                    }
                }
            }
        }

        return (mixture, sources);
    }
}
