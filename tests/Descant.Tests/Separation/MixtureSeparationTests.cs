using Descant.Separation;

namespace Descant.Tests.Separation;

/// <summary>The path through a network of another rate: where it resamples, in band and in time nothing may move.</summary>
public sealed class MixtureSeparationTests
{
    private const int NetworkRate = 44100;

    public static TheoryData<int> Rates { get; } = [8000, 11025, 16000, 22050, 32000, 44056, 44101, 48000, 88200, 96000, 176400, 192000];

    [Theory]
    [MemberData(nameof(Rates))]
    public void An_identity_network_returns_what_lies_in_its_band_without_delay(int rate)
    {
        // Partials up to 0.42 of the lower rate under a bell, which keeps the ends, where silence begins, out of it.
        int samples = rate / 2 + 13;
        double band = 0.42 * Math.Min(rate, NetworkRate);
        float[] mixture = new float[samples];
        Random random = new(rate);
        for (int partial = 0; partial < 40; partial++)
        {
            double step = 2 * Math.PI * (partial == 0 ? band : random.NextDouble() * band) / rate;
            double phase = random.NextDouble() * 6.28;
            for (int i = 0; i < samples; i++)
            {
                double bell = Math.Exp(-0.5 * Math.Pow((i - (samples / 2.0)) / (samples / 14.0), 2));
                mixture[i] += (float)(bell * Math.Sin((step * i) + phase) / 20);
            }
        }

        float[] estimate = Separate(rate, [mixture], 977)[0];
        for (int i = 0; i < samples; i++)
        {
            Assert.InRange(estimate[i] - mixture[i], -1e-4f, 1e-4f);
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void As_many_samples_come_out_as_went_in(int rate)
    {
        foreach (int samples in new[] { 0, 1, 2, 3, 997, 20011 })
        {
            float[][] mixture = IdentityNetwork.Noise(2, samples, 4);
            Assert.All(Separate(rate, mixture, 501), estimate => Assert.Equal(samples, estimate.Length));
        }
    }

    [Fact]
    public void An_impulse_stays_where_it_was()
    {
        foreach (int rate in new[] { 8000, 48000, 192000 })
        {
            float[] mixture = new float[9000];
            mixture[4321] = 1;
            float[] estimate = Separate(rate, [mixture], 1000)[0];
            Assert.Equal(4321, Array.IndexOf(estimate, estimate.Max()));
            for (int k = 1; k < 100; k++)
            {
                Assert.Equal(estimate[4321 - k], estimate[4321 + k], 1e-5f);
            }
        }
    }

    private static float[][] Separate(int rate, float[][] mixture, int block)
    {
        SegmentNetwork network = IdentityNetwork.Create(NetworkRate, 1, 3000, 200, [1]);
        List<float>[] estimates = [.. mixture.Select(_ => new List<float>())];
        List<float> passed = [];
        MixtureSeparation separation = new(network, rate, mixture.Length, new SeparationSettings(), (x, e, count) =>
        {
            passed.AddRange(x[0].AsSpan(0, count));
            for (int channel = 0; channel < estimates.Length; channel++)
            {
                estimates[channel].AddRange(e[channel].AsSpan(0, count));
            }
        });
        for (int offset = 0; offset < mixture[0].Length; offset += block)
        {
            separation.Write(mixture, offset, Math.Min(block, mixture[0].Length - offset));
        }

        separation.Complete();
        Assert.Equal(mixture[0], passed);
        return [.. estimates.Select(list => list.ToArray())];
    }
}
