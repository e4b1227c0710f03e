using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Tests.Networks;

/// <summary>S0's network, where it differs from what all networks must do.</summary>
public sealed class MaskingUNetTests
{
    [Fact]
    public void A_hard_mask_gives_all_bins_to_the_source_that_the_soft_one_gives_more()
    {
        // Without any weight but the last bias b the soft mask is sigmoid(b) everywhere.
        using Engine engine = new(1);
        float[] mixture = [.. Enumerable.Range(0, 4000).Select(n => (float)Math.Sin(0.3 * n) / 2)];
        float[] Vocals(bool hard, float bias)
        {
            MaskingUNetOptions options = (MaskingUNetOptions)NetworkCatalog.Find("s0-tiny").Options with { HasHardMask = hard };
            Network network = new NetworkPreset("x", "S0", "", options).Build(engine, seed: 1);
            Parameter[] weights = [.. network.Parameters];
            foreach (Parameter weight in weights)
            {
                weight.Value.Assign(new float[weight.Value.ElementCount]);
            }

            Parameter last = weights.Last(weight => weight.Name.EndsWith("bias", StringComparison.Ordinal));
            last.Value.Assign([.. Enumerable.Repeat(bias, last.Value.ElementCount)]);
            return network.Separate(engine.Tensor(mixture, 1, 1, mixture.Length)).Select(1, 0).ToArray()[1000..3000];
        }

        AssertScaled(1 / (1 + MathF.Exp(-0.1f)), Vocals(hard: false, 0.1f));
        AssertScaled(1, Vocals(hard: true, 0.1f));
        AssertScaled(0, Vocals(hard: true, -0.1f));

        void AssertScaled(float part, float[] vocals) =>
            Assert.All(Enumerable.Range(0, vocals.Length), n => Assert.Equal(part * mixture[1000 + n], vocals[n], 1e-4f));
    }
}
