using System.Numerics;
using System.Text.Json;
using Descant.Dsp;
using Descant.Tensors.Checkpoints;

namespace Descant.Tests.Dsp;

/// <summary>The filter's closed forms against the formulas with matrix inverses; see make_wiener.py.</summary>
public sealed class WienerFilterTests
{
    [Theory]
    [InlineData("stereo")]
    [InlineData("mono")]
    [InlineData("residual")]
    [InlineData("loud")]
    [InlineData("none")]
    public void It_computes_what_the_formulas_say(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", "wiener.safetensors"));
        JsonElement facts = JsonDocument.Parse(file.Metadata[name]).RootElement;
        IReadOnlyList<int> shape = file[$"{name}/mixture/re"].Shape;
        (int frames, int bins, int channels) = (shape[0], shape[1], shape[2]);
        Complex[][] mixture = Bins(Values(file, $"{name}/mixture"), 0, frames, bins, channels);
        Complex[] magnitudes = [.. file.Read($"{name}/magnitudes").Select(v => new Complex(v, 0))];
        List<Complex[][]> estimates = [];
        for (int source = 0; source < magnitudes.Length / (frames * bins * channels); source++)
        {
            Complex[][] v = Bins(magnitudes, source, frames, bins, channels);
            estimates.Add([.. v.Zip(mixture, (a, x) => a.Zip(x, (b, z) => WienerFilter.WithPhaseOf(z, b.Real)).ToArray())]);
        }

        if (facts.GetProperty("residual").GetBoolean())
        {
            estimates.Add([.. mixture.Zip(estimates[0], (x, y) => x.Zip(y, (a, b) => a - b).ToArray())]);
        }

        WienerFilter.Refine(mixture, [.. estimates], channels, frames, facts.GetProperty("iterations").GetInt32());
        Complex[] expected = Values(file, $"{name}/estimates");
        double largest = expected.Max(value => value.Magnitude);
        for (int source = 0; source < estimates.Count; source++)
        {
            Complex[][] wanted = Bins(expected, source, frames, bins, channels);
            for (int bin = 0; bin < bins; bin++)
            {
                for (int i = 0; i < frames * channels; i++)
                {
                    // C is nearly singular (its floor is 1e-5): inverting it loses half of double's 16 digits at worst.
                    Assert.InRange((estimates[source][bin][i] - wanted[bin][i]).Magnitude, 0, 1e-9 * largest);
                }
            }
        }
    }

    [Fact]
    public void Refined_estimates_sum_to_the_mixture_but_for_the_floor()
    {
        Random random = new(2);
        Complex Draw() => new(random.NextDouble() - 0.5, random.NextDouble() - 0.5);
        Complex[][] mixture = [[.. Enumerable.Range(0, 80).Select(_ => Draw())]];
        Complex[][][] estimates = [.. Enumerable.Range(0, 3).Select(_ => new Complex[][] { [.. mixture[0].Select(x => WienerFilter.WithPhaseOf(x, random.NextDouble()))] })];
        WienerFilter.Refine(mixture, estimates, channels: 2, frames: 40, iterations: 2);
        for (int i = 0; i < 80; i++)
        {
            Assert.InRange((estimates[0][0][i] + estimates[1][0][i] + estimates[2][0][i] - mixture[0][i]).Magnitude, 0, 1e-2 * mixture[0][i].Magnitude + 1e-3);
        }
    }

    [Fact]
    public void One_source_alone_is_refused() =>
        Assert.Throws<ArgumentException>(() => WienerFilter.Refine([[]], [[[]]], 1, 0, 1));

    private static Complex[] Values(SafetensorsFile file, string name)
    {
        double[] Part(string part) => [.. file.Read($"{name}/{part}").Zip(file.Read($"{name}/{part}_low"), (high, low) => (double)high + low)];
        return [.. Part("re").Zip(Part("im"), (re, im) => new Complex(re, im))];
    }

    // [sources, frames, bins, channels] to [bin][frame · channels + channel] of one source.
    private static Complex[][] Bins(Complex[] values, int source, int frames, int bins, int channels) =>
        [.. Enumerable.Range(0, bins).Select(bin => Enumerable.Range(0, frames * channels)
            .Select(i => values[((((source * frames) + (i / channels)) * bins) + bin) * channels + (i % channels)]).ToArray())];
}
