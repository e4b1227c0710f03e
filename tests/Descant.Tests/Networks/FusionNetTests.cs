using Descant.Networks;
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
}
