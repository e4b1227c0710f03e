using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Tests.Networks;

/// <summary>The weighted loss of S3 and its balancing rule. The network itself is compared in <see cref="NetworkConformanceTests"/>.</summary>
public sealed class SpectrogramChannelsUNetTests
{
    private static readonly SpectrogramChannelsUNetOptions Tiny = new() { SampleRate = 8000, FftSize = 256, HopLength = 128, Widths = [4, 8], Dropout = 0, ExcerptSamples = 2000 };

    [Fact]
    public void Weights_balance_the_mean_2_norms_of_the_waveforms()
    {
        using Engine engine = new(1);
        SpectrogramChannelsUNet network = new(Tiny, new Initializer(engine, 1));

        // Vocals of norms 3 and 1, accompaniments of norms 4 and 6: α · 2 = (1 − α) · 5.
        network.Measure([Batch(engine, [3, 4]), Batch(engine, [1, 6])]);
        Assert.Equal(5 / 7f, network.LossWeights[0], 1e-6);
        Assert.Equal(2 / 7f, network.LossWeights[1], 1e-6);
    }

    [Fact]
    public void Four_sources_balance_as_S3_says()
    {
        using Engine engine = new(1);
        SpectrogramChannelsUNet network = new(Tiny with { Sources = ["vocals", "drums", "bass", "other"] }, new Initializer(engine, 1));
        network.Measure([Batch(engine, [1 / 0.297f, 1 / 0.262f, 1 / 0.232f, 1 / 0.209f])]);
        float[] published = [0.297f, 0.262f, 0.232f, 0.209f]; // S3 §3.2
        Assert.All(network.LossWeights.Zip(published), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
    }

    [Fact]
    public void A_silent_source_cannot_be_balanced()
    {
        using Engine engine = new(1);
        SpectrogramChannelsUNet network = new(Tiny, new Initializer(engine, 1));
        Assert.Contains("accompaniment", Assert.Throws<InvalidDataException>(() => network.Measure([Batch(engine, [1, 0])])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_loss_is_the_weighted_sum_of_the_sources_losses()
    {
        using Engine engine = new(1);
        float Loss(params float[] weights) => new SpectrogramChannelsUNet(Tiny with { LossWeights = weights }, new Initializer(engine, 1)).Loss(Batch(engine, [5, 2])).Item();
        Assert.Equal((0.7f * Loss(1, 0)) + (0.3f * Loss(0, 1)), Loss(0.7f, 0.3f), 1e-4);
    }

    /// <summary>Tones of the given 2-norms.</summary>
    private static TrainingBatch Batch(Engine engine, float[] norms)
    {
        const int Samples = 2000;
        float[] sources = new float[norms.Length * Samples];
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i] = norms[i / Samples] * MathF.Sin(2 * MathF.PI * 0.05f * (1 + (i / Samples)) * (i % Samples)) / MathF.Sqrt(Samples / 2);
        }

        Tensor all = engine.Tensor(sources, 1, norms.Length, 1, Samples);
        return new TrainingBatch(all.Sum(1).Reshape(1, 1, Samples), all, [4000]);
    }
}
