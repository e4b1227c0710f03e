using Descant.Separation;

namespace Descant.Tests.Separation;

public sealed class WienerStreamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(40009)]
    public void As_many_samples_come_out_as_went_in_and_equal_shares_stay_what_they_are(int samples)
    {
        // Where every source has the same share everywhere, all covariances are alike and the filter has nothing to tell
        // sources apart by: its estimates are the shares of the mixture, whatever the iterations.
        foreach (int channels in new[] { 1, 2, 3 })
        {
            float[][] mixture = IdentityNetwork.Noise(channels, samples, 5);
            float[][] estimates = Filter(mixture, [.. mixture.Concat(mixture).Select(x => x.Select(value => value * 0.5f).ToArray())], 2, block: 900);
            for (int signal = 0; signal < estimates.Length; signal++)
            {
                Assert.Equal(samples, estimates[signal].Length);
                for (int i = 0; i < samples; i++)
                {
                    Assert.Equal(0.5f * mixture[signal % channels][i], estimates[signal][i], 1e-3f);
                }
            }
        }
    }

    [Fact]
    public void Blocks_of_any_size_give_the_same_samples()
    {
        float[][] mixture = IdentityNetwork.Noise(2, 30011, 1);
        float[][] voice = [.. mixture.Select(x => x.Select((value, i) => value * (i / 5000 % 2)).ToArray())];
        float[][] whole = Filter(mixture, voice, 1, block: 30011);
        float[][] pieces = Filter(mixture, voice, 1, block: 77);
        Assert.Equal(whole[0], pieces[0]);
        Assert.Equal(whole[1], pieces[1]);
    }

    [Fact]
    public void Shares_are_the_mixture_in_the_ratio_of_the_magnitudes()
    {
        // Estimates at six and two times what they should be, of opposite sign: in the ratio of their magnitudes they are three
        // quarters and one quarter of the mixture, with its sign.
        float[][] mixture = IdentityNetwork.Noise(2, 20011, 5);
        float[][] estimates = [.. mixture.Select(x => x.Select(value => 6 * value).ToArray()), .. mixture.Select(x => x.Select(value => -2 * value).ToArray())];
        float[][] shares = Filter(mixture, estimates, 2, block: 900, iterations: 0, shares: true);
        for (int signal = 0; signal < shares.Length; signal++)
        {
            float part = signal < 2 ? 0.75f : 0.25f;
            Assert.All(Enumerable.Range(0, 20011), i => Assert.Equal(part * mixture[signal % 2][i], shares[signal][i], 1e-5f));
        }

        // All directions alike, the filter weighs by powers: nine to one.
        float[][] refined = Filter(mixture, estimates, 2, block: 900, iterations: 1, shares: true);
        Assert.All(Enumerable.Range(0, 20011), i => Assert.Equal(0.9f * mixture[0][i], refined[0][i], 1e-3f));
    }

    [Fact]
    public void What_comes_from_another_direction_is_removed()
    {
        // A voice in the middle and a guitar on the left that leaks into the voice's estimate: the covariances tell them apart.
        // The formulas in numpy (make_wiener.py, same signals) leave 0.37 of the voice's energy as error with the mixture's
        // phase alone, 0.12 after one iteration and 0.07 after three.
        const int Samples = 60000;
        float[] voice = IdentityNetwork.Noise(1, Samples, 3)[0], guitar = IdentityNetwork.Noise(1, Samples, 4)[0];
        float[][] mixture = [[.. voice.Zip(guitar, (v, g) => v + g)], voice];
        float[][] estimates = [[.. voice.Zip(guitar, (v, g) => v + (0.3f * g))], voice, [.. guitar.Select(g => 0.7f * g)], new float[Samples]];
        double Error(int iterations) => Filter(mixture, estimates, 2, block: 4096, iterations)[0].Zip(voice, (a, b) => (double)(a - b) * (a - b)).Sum()
            / voice.Sum(value => (double)value * value);
        Assert.InRange(Error(1), 0.10, 0.14);
        Assert.InRange(Error(3), 0.06, 0.085);
    }

    [Fact]
    public void The_filter_takes_part_in_a_separation_at_another_rate()
    {
        SegmentNetwork network = IdentityNetwork.Create(8000, 2, 3000, 200, [0.5f]);
        float[][] mixture = IdentityNetwork.Noise(2, 15013, 9);
        int received = 0;
        MixtureSeparation separation = new(network, 16000, 2, new SeparationSettings { WienerIterations = 1 }, (x, estimates, count) =>
        {
            Assert.Equal(mixture[1].AsSpan(received, count), x[1].AsSpan(0, count));
            received += count;
        });
        separation.Write(mixture, 0, 15013);
        separation.Complete();
        Assert.Equal(15013, received);
    }

    private static float[][] Filter(float[][] mixture, float[][] estimates, int sources, int block, int iterations = 2, bool shares = false)
    {
        List<float>[] received = [.. Enumerable.Range(0, estimates.Length).Select(_ => new List<float>())];
        WienerStream stream = new(11025, mixture.Length, sources, iterations, shares, (refined, count) =>
        {
            for (int signal = 0; signal < received.Length; signal++)
            {
                received[signal].AddRange(refined[signal].AsSpan(0, count));
            }
        });
        for (int offset = 0; offset < mixture[0].Length; offset += block)
        {
            int count = Math.Min(block, mixture[0].Length - offset);
            stream.Write([.. mixture.Select(x => x[offset..(offset + count)])], [.. estimates.Select(x => x[offset..(offset + count)])], count);
        }

        stream.Complete();
        return [.. received.Select(list => list.ToArray())];
    }
}
