using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Tests.Networks;

/// <summary>S2's network, where it differs from what all networks must do.</summary>
public sealed class FusionNetTests
{
    [Fact]
    public void Gains_are_the_magnitudes_of_the_same_weights_times_the_mixtures()
    {
        FusionNetOptions options = (FusionNetOptions)NetworkCatalog.Find("s2-tiny").Options;
        using Engine engine = new(1);
        Random random = new(1);
        Tensor mixture = engine.Tensor([.. Enumerable.Range(0, 128 * 32).Select(_ => random.NextSingle())], 1, 1, 128, 32);
        float[] MagnitudesOf(FusionNetOutput output) =>
            ((FusionNet)new NetworkPreset("x", "S2", "", options with { Output = output }).Build(engine, seed: 1)).Forward(mixture).ToArray();
        float[] x = mixture.ToArray(), magnitudes = MagnitudesOf(FusionNetOutput.Magnitudes), gains = MagnitudesOf(FusionNetOutput.Gains);
        Assert.NotEqual(0, magnitudes.Max());
        Assert.All(Enumerable.Range(0, gains.Length), i => Assert.Equal(magnitudes[i] * x[i % x.Length], gains[i]));
    }

    [Theory]
    [InlineData(FusionNetEdge.Lowest)]
    [InlineData(FusionNetEdge.Highest)]
    public void The_lowest_bin_goes_to_the_music_when_it_is_not_seen_and_the_highest_is_shared(FusionNetEdge unseen)
    {
        // Without weights both estimates are 0 and the mask is one half. A constant lies in the lowest bin and by the window in the
        // next, an alternation in the highest. Without its lowest bin a frame of the constant 1 is −½cos; overlapped by half under
        // Hann windows that is c² / (1 + c²) with c = cos(2πn/N).
        FusionNetOptions options = (FusionNetOptions)NetworkCatalog.Find("s2-tiny").Options;
        using Engine engine = new(1);
        Network network = new NetworkPreset("x", "S2", "", options with { Unseen = unseen }).Build(engine, seed: 1);
        foreach (Parameter weight in network.Parameters)
        {
            weight.Value.Assign(new float[weight.Value.ElementCount]);
        }

        foreach (bool alternates in new[] { false, true })
        {
            float[] mixture = [.. Enumerable.Range(0, 4096).Select(n => alternates && n % 2 == 1 ? -0.8f : 0.8f)];
            float[] vocals = network.Separate(engine.Tensor(mixture, 1, 1, mixture.Length)).Select(1, 0).ToArray();
            for (int n = 512; n < 3584; n++)
            {
                double c = Math.Cos(2 * Math.PI * n / options.FftSize);
                double part = unseen == FusionNetEdge.Lowest && !alternates ? c * c / (1 + (c * c)) : 1;
                Assert.Equal(0.5 * part * mixture[n], vocals[n], 1e-5);
            }
        }
    }

    [Fact]
    public void Poolings_that_keep_the_size_are_an_option_without_weights()
    {
        FusionNetOptions options = (FusionNetOptions)NetworkCatalog.Find("s2-tiny").Options;
        using Engine engine = new(1);
        Random random = new(1);
        Tensor mixture = engine.Tensor([.. Enumerable.Range(0, 128 * 32).Select(_ => random.NextSingle())], 1, 1, 128, 32);
        FusionNet Make(bool pools) => (FusionNet)new NetworkPreset("x", "S2", "", options with { HasStridelessPools = pools }).Build(engine, seed: 1);
        FusionNet with = Make(true), without = Make(false);
        Assert.Equal(with.Parameters.Select(p => p.Name), without.Parameters.Select(p => p.Name));
        Assert.NotEqual(with.Forward(mixture).ToArray(), without.Forward(mixture).ToArray());
    }
}
