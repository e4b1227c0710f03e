using Descant.Models;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Training.Optimizers;

namespace Descant.Tests.Networks;

/// <summary>What every network must do, over the whole catalogue.</summary>
public sealed class NetworkTests
{
    public static TheoryData<string> Tiny() => [.. NetworkCatalog.Entries.Where(entry => entry.IsTiny).Select(entry => entry.Name)];

    public static TheoryData<string> All() => [.. NetworkCatalog.Entries.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Tiny))]
    public void Learns_an_excerpt_by_heart(string name)
    {
        using Engine engine = new(2);
        Network network = NetworkCatalog.Find(name).Build(engine, seed: 3);
        (float[] mixture, float[] sources) = Excerpt(network, batch: 2);
        Dictionary<string, Adam> optimizers = network.Objectives.ToDictionary(objective => objective.Name, _ => new Adam(2e-2));
        float Step(ulong seed, Func<TrainingBatch, Tensor> loss, Objective? objective)
        {
            using Engine scope = engine.Scope();
            GradientTape tape = scope.Record(seed);
            Tensor value = loss(Batch(scope, tape, network, mixture, sources));
            if (objective is not null)
            {
                optimizers[objective.Name].Step(objective.Parameters, tape.Backward(value));
            }

            return value.Item();
        }

        float first = Step(0, network.Loss, null);
        for (ulong step = 0; step < 150; step++)
        {
            foreach (Objective objective in network.Objectives)
            {
                Step(step, objective.Loss, objective);
            }
        }

        float last = Step(0, network.Loss, null);
        Assert.InRange(last, 0, 0.1f * first);
    }

    [Theory]
    [MemberData(nameof(Tiny))]
    public void Weights_are_the_same_with_and_without_recycling_and_memory_stops_growing(string name)
    {
        float[][] WeightsAfterFiveSteps(bool recycles)
        {
            using Engine engine = new(2);
            Network network = NetworkCatalog.Find(name).Build(engine, seed: 3);
            (float[] mixture, float[] sources) = Excerpt(network, batch: 2);
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
    public void Estimates_have_the_mixtures_length_and_sum_to_it(string name)
    {
        using Engine engine = new(2);
        Network network = NetworkCatalog.Find(name).Build(engine);
        foreach (int samples in new[] { 1, 1000, network.SampleRate + 17 })
        {
            using Engine scope = engine.Scope();
            Random random = new(1);
            Tensor mixture = scope.Tensor([.. Enumerable.Range(0, network.Channels * samples).Select(_ => random.NextSingle() - 0.5f)], 1, network.Channels, samples);
            Tensor estimates = network.Separate(mixture);
            Assert.Equal([1, network.Sources.Count, network.Channels, samples], estimates.Shape.ToArray());
            float[] sum = estimates.Sum(1).ToArray(), expected = mixture.ToArray();
            Assert.All(sum, value => Assert.True(float.IsFinite(value)));
            Assert.Equal(0, sum.Zip(expected, (s, e) => Math.Abs(s - e)).Max(), 1e-5);
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
            Tensor mixture = engine.Tensor([.. Excerpt(network, 1).Mixture], 1, network.Channels, network.ExcerptSamples);
            Assert.Equal(network.Separate(mixture).ToArray(), loaded.Separate(mixture).ToArray());
        }
        finally
        {
            File.Delete(path);
        }
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
    public void Parameters_are_as_many_as_published(string name, double millions)
    {
        using Engine engine = new(1);
        Assert.Equal(millions, NetworkCatalog.Find(name).Build(engine).ParameterCount / 1e6, millions > 20 ? 0.06 : millions > 1 ? 0.006 : 0.0006);
    }

    private static TrainingBatch Batch(Engine scope, GradientTape tape, Network network, float[] mixture, float[] sources)
    {
        int batch = mixture.Length / (network.Channels * network.ExcerptSamples);
        return new TrainingBatch(
            scope.Tensor(mixture, batch, network.Channels, network.ExcerptSamples).On(tape),
            scope.Tensor(sources, batch, network.Sources.Count, network.Channels, network.ExcerptSamples),
            [.. Enumerable.Repeat(network.SampleRate / 2f, batch)]);
    }

    /// <summary>Two steady tones for the first source, noise bursts for the others: easy to tell apart.</summary>
    private static (float[] Mixture, float[] Sources) Excerpt(Network network, int batch)
    {
        Random random = new(5);
        int samples = network.ExcerptSamples, channels = network.Channels, count = network.Sources.Count;
        float[] mixture = new float[batch * channels * samples], sources = new float[batch * count * channels * samples];
        for (int b = 0; b < batch; b++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int n = 0; n < samples; n++)
                {
                    for (int s = 0; s < count; s++)
                    {
                        double tone = 0.3 * Math.Sin(2 * Math.PI * (440 + (200 * b)) * n / network.SampleRate);
                        float value = s == 0 ? (float)tone : n / 1000 % (s + 2) == 0 ? 0.2f * (random.NextSingle() - 0.5f) : 0;
                        sources[(((((b * count) + s) * channels) + c) * samples) + n] = value;
                        mixture[(((b * channels) + c) * samples) + n] += value;
                    }
                }
            }
        }

        return (mixture, sources);
    }
}
