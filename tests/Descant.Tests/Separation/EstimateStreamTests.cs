using Descant.Separation;

namespace Descant.Tests.Separation;

public sealed class EstimateStreamTests
{
    private const int Window = 1000;
    private const int Context = 100;

    public static TheoryData<int, int> LengthsAndChannels()
    {
        TheoryData<int, int> cases = [];
        foreach (int samples in new[] { 0, 1, 2, 799, 800, 801, 999, 1000, 1001, 7919 })
        {
            foreach (int channels in new[] { 1, 2, 3, 6 })
            {
                cases.Add(samples, channels);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(LengthsAndChannels))]
    public void An_identity_network_returns_the_input(int samples, int channels)
    {
        foreach (int networkChannels in new[] { 1, 2 })
        {
            SegmentNetwork network = IdentityNetwork.Create(44100, networkChannels, Window, Context, [1]);
            float[][] mixture = IdentityNetwork.Noise(channels, samples, seed: samples + channels);
            AssertReturned(mixture, [1], Separate(network, mixture, overlap: 0.25, shifts: 1, batch: 1, block: 777));
        }
    }

    [Fact]
    public void Random_settings_return_the_input()
    {
        Random random = new(7);
        for (int trial = 0; trial < 300; trial++)
        {
            int context = random.Next(0, 200);
            int window = (2 * context) + random.Next(1, 500);
            int samples = random.Next(0, 3000);
            int channels = random.Next(1, 9);
            float[] shares = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.NextSingle())];
            SegmentNetwork network = IdentityNetwork.Create(44100, random.Next(1, 3), window, context, shares);
            float[][] mixture = IdentityNetwork.Noise(channels, samples, trial);
            float[][] estimates = Separate(
                network, mixture, overlap: random.NextDouble() * 0.9, shifts: random.Next(1, 4), batch: random.Next(1, 5), block: random.Next(1, 1500));
            AssertReturned(mixture, shares, estimates);
        }
    }

    [Fact]
    public void Several_networks_are_averaged_whatever_their_windows()
    {
        // A quarter and a half of the mixture by one, the same sources the other way round and one more by another.
        SegmentNetwork first = IdentityNetwork.Create(44100, 2, 1000, 100, [0.25f, 0.5f]);
        SegmentNetwork second = IdentityNetwork.Create(44100, 1, 640, 35, [0.9f, 0.1f, 0.75f]) with { Sources = ["source1", "other", "vocals"] };
        float[][] mixture = IdentityNetwork.Noise(2, 5003, seed: 5);
        SegmentNetwork mean = SegmentNetwork.Mean([first, second]);
        Assert.Equal(["vocals", "source1"], mean.Sources);
        foreach (int shifts in new[] { 1, 3 })
        {
            AssertReturned(mixture, [0.5f, 0.7f], Separate(mean, mixture, overlap: 0.1, shifts, batch: 2, block: 501));
            AssertReturned(mixture, [0.7f], Separate(mean.Only(["source1"]), mixture, overlap: 0.1, shifts, batch: 1, block: 501));
        }

        AssertReturned(mixture, [0.25f, 0.5f], Separate(SegmentNetwork.Mean([first]), mixture, overlap: 0.1, shifts: 1, batch: 1, block: 501));
    }

    [Fact]
    public void Networks_that_have_no_rate_or_source_in_common_are_not_averaged()
    {
        SegmentNetwork voice = IdentityNetwork.Create(44100, 2, 1000, 100, [1]);
        SegmentNetwork slow = IdentityNetwork.Create(16000, 2, 1000, 100, [1]);
        SegmentNetwork drums = voice with { Sources = ["drums"] };
        Assert.Contains("44100 and 16000 Hz", Assert.Throws<ArgumentException>(() => SegmentNetwork.Mean([voice, slow])).Message, StringComparison.Ordinal);
        Assert.Contains("vocals and drums", Assert.Throws<ArgumentException>(() => SegmentNetwork.Mean([voice, drums])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_stream_needs_no_more_memory_for_a_longer_song()
    {
        static long Peak(int blocks)
        {
            SegmentNetwork network = IdentityNetwork.Create(44100, 2, 4000, 500, [0.5f]);
            EstimateStream stream = new(network, 2, 0.25, 1, 1, (_, _) => { });
            float[][] block = IdentityNetwork.Noise(2, 1000, 1);
            for (int i = 0; i < 20; i++)
            {
                stream.Write(block, 0, 1000);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < blocks; i++)
            {
                stream.Write(block, 0, 1000);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // A few dozen bytes of delegates a block; no sample buffer grows.
        Assert.InRange(Peak(2000), 0, 2000 * 1000);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void An_overlap_outside_its_range_is_refused(double overlap)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new SegmentGrid(1000, 100, overlap));
        Assert.Contains($"{overlap}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Surround_sound_is_separated_in_pairs_with_centre_and_low_frequencies_alone()
    {
        Assert.Equal([[0, 1], [2, 2], [3, 3], [4, 5]], ChannelGroups.For(6, 2));
        Assert.Equal([[0, 1], [2, 2]], ChannelGroups.For(3, 2));
        Assert.Equal([[0, 0]], ChannelGroups.For(1, 2));
        Assert.Equal([[0], [1]], ChannelGroups.For(2, 1));
    }

    private static float[][] Separate(SegmentNetwork network, float[][] mixture, double overlap, int shifts, int batch, int block)
    {
        List<float>[] received = [.. Enumerable.Range(0, network.Sources.Count * mixture.Length).Select(_ => new List<float>())];
        EstimateStream stream = new(network, mixture.Length, overlap, shifts, batch, (estimates, count) =>
        {
            for (int signal = 0; signal < received.Length; signal++)
            {
                received[signal].AddRange(estimates[signal].AsSpan(0, count));
            }
        });
        int samples = mixture[0].Length;
        for (int offset = 0; offset < samples; offset += block)
        {
            stream.Write(mixture, offset, Math.Min(block, samples - offset));
        }

        stream.Complete();
        return [.. received.Select(list => list.ToArray())];
    }

    private static void AssertReturned(float[][] mixture, float[] shares, float[][] estimates)
    {
        for (int source = 0; source < shares.Length; source++)
        {
            for (int channel = 0; channel < mixture.Length; channel++)
            {
                float[] estimate = estimates[(source * mixture.Length) + channel];
                Assert.Equal(mixture[channel].Length, estimate.Length);
                for (int i = 0; i < estimate.Length; i++)
                {
                    Assert.True(
                        MathF.Abs(estimate[i] - (shares[source] * mixture[channel][i])) <= 1e-6f,
                        $"source {source}, channel {channel}, sample {i} of {estimate.Length}: {estimate[i]}");
                }
            }
        }
    }
}
