using Descant.Dsp;

namespace Descant.Tests.Dsp;

/// <summary>The resampler against sines, whose conversion is known exactly.</summary>
public sealed class ResamplerTests
{
    public static TheoryData<int, int> Rates() => new()
    {
        { 44100, 48000 }, { 48000, 44100 }, { 44100, 16000 }, { 16000, 44100 }, { 8000, 44100 }, { 44100, 8000 },
        { 44100, 22050 }, { 22050, 44100 }, { 96000, 44100 }, { 44100, 96000 }, { 192000, 44100 }, { 8000, 192000 },
        { 192000, 8000 }, { 11025, 44100 }, { 44100, 20480 }, { 44101, 48000 }, { 47999, 44100 }, { 44100, 8192 },
    };

    [Theory]
    [MemberData(nameof(Rates))]
    public void Sines_of_the_pass_band_come_out_at_their_place_and_level(int from, int to)
    {
        double lower = Math.Min(from, to);
        foreach (double frequency in new[] { 0, 0.01, 0.1, 0.25, 0.37, 0.42, 0.45 })
        {
            float[] output = Convert(Sine(frequency * lower, from, 0.3), from, to);
            double worst = Middle(output, from, to).Max(m => Math.Abs(output[m] - Math.Cos((2 * Math.PI * frequency * lower * m / to) + 0.3)));

            // 0.01 dB is 1.2e-3; ours is two orders better, and the phase counts too.
            Assert.True(worst < 1.5e-5, $"{from} to {to}, {frequency}: {worst}");
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void Sines_above_the_band_vanish_and_leave_no_alias(int from, int to)
    {
        if (from < to)
        {
            return;
        }

        foreach (double frequency in new[] { 0.5, 0.51, 0.55, 0.7, 0.9, 0.99, 1.0, 1.3 }.Select(f => f * to).Where(f => f < from / 2.0))
        {
            float[] output = Convert(Sine(frequency, from, 0.3), from, to);
            double worst = Middle(output, from, to).Max(m => Math.Abs(output[m]));
            Assert.True(20 * Math.Log10(worst) < -100, $"{from} to {to}, {frequency} Hz: {20 * Math.Log10(worst)} dB");
        }
    }

    [Theory]
    [InlineData(44100, 48000)]
    [InlineData(48000, 44100)]
    [InlineData(44100, 16000)]
    [InlineData(16000, 44100)]
    [InlineData(44100, 44099)]
    public void Blocks_of_any_size_give_the_same_samples_bit_for_bit(int from, int to)
    {
        Random random = new(1);
        float[][] input = [Noise(random, 30_011), Noise(random, 30_011)];
        float[][] whole = Resampler.Convert(input, from, to);
        Resampler resampler = new(from, to, 2);
        float[][] output = [new float[whole[0].Length], new float[whole[0].Length]];
        int written = 0;
        for (int at = 0; at < 30_011;)
        {
            int count = Math.Min(random.Next(3) switch { 0 => 1, 1 => random.Next(300), _ => random.Next(12_000) }, 30_011 - at);
            int produced = resampler.Write(input, at, count, output, written);
            Assert.True(produced <= resampler.MostOutputs(count));
            written += produced;
            at += count;
        }

        written += resampler.Flush(output, written);
        Assert.Equal(whole[0].Length, written);
        Assert.Equal(whole, output);
        Assert.Equal(0, resampler.Flush(output, 0));
        Assert.Throws<InvalidOperationException>(() => resampler.Write(input, 0, 1, output, 0));
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_length_is_exact_for_every_input_length(int from, int to)
    {
        foreach (int samples in new[] { 0, 1, 2, 3, 7, 100, 999, 4410 })
        {
            long expected = (((long)samples * to) + from - 1) / from;
            Assert.Equal(expected, Resampler.OutputLength(samples, from, to));
            Resampler resampler = new(from, to, 1);
            float[][] output = [new float[expected]];
            int written = resampler.Write([new float[samples]], 0, samples, output, 0);
            Assert.Equal(expected, written + resampler.Flush(output, written));
        }

        Assert.Equal(10L * 3600 * to, Resampler.OutputLength(10L * 3600 * from, from, to));
    }

    [Fact]
    public void An_impulse_stays_where_it_was()
    {
        // Integer positions on both sides: 441 samples are 480.
        float[] input = new float[4410];
        input[882] = 1;
        float[] output = Convert(input, 44100, 48000);
        Assert.Equal(960, Array.IndexOf(output, output.Max()));

        // A linear-phase filter is symmetric about it, to the last bit.
        for (int i = 1; i < 200; i++)
        {
            Assert.Equal(output[960 + i], output[960 - i], 1e-7f);
        }
    }

    [Theory]
    [InlineData(44100, 48000)]
    [InlineData(44100, 96000)]
    [InlineData(48000, 44100)]
    [InlineData(96000, 44100)]
    [InlineData(8000, 44100)]
    [InlineData(192000, 44100)]
    public void There_and_back_returns_the_band_within_1e_4(int from, int to)
    {
        // Noise of many sines up to 0.42 of the lower rate, fading in and out so that its ends are band-limited too.
        double lower = Math.Min(from, to);
        Random random = new(2);
        int samples = from / 2;
        float[] input = new float[samples];
        for (int k = 0; k < 40; k++)
        {
            (double frequency, double phase) = (0.42 * lower * (k + 1) / 40, random.NextDouble() * 6.28);
            for (int i = 0; i < samples; i++)
            {
                double fade = Math.Pow(Math.Sin(Math.PI * i / samples), 2);
                input[i] += (float)(0.025 * fade * Math.Cos((2 * Math.PI * frequency * i / from) + phase));
            }
        }

        float[] back = Convert(Convert(input, from, to), to, from);
        Assert.True(back.Length >= samples);
        Assert.True(input.Zip(back, (a, b) => Math.Abs(a - b)).Max() < 1e-4 * input.Max());
    }

    [Fact]
    public void Equal_rates_copy()
    {
        float[] noise = Noise(new Random(1), 1000);
        Assert.Equal(noise, Convert(noise, 44100, 44100));
    }

    private static float[] Convert(float[] input, int from, int to)
    {
        float[] output = Resampler.Convert([input], from, to)[0];
        Assert.Equal(Resampler.OutputLength(input.Length, from, to), output.Length);
        return output;
    }

    /// <summary>Outputs whose inputs all exist: 100 samples of the lower rate away from the ends.</summary>
    private static IEnumerable<int> Middle(float[] output, int from, int to)
    {
        int edge = (int)Math.Ceiling(100.0 * to / Math.Min(from, to));
        return Enumerable.Range(edge, output.Length - (2 * edge));
    }

    private static float[] Sine(double frequency, int rate, double phase) =>
        [.. Enumerable.Range(0, Math.Max(4000, rate / 16)).Select(i => (float)Math.Cos((2 * Math.PI * frequency * i / rate) + phase))];

    private static float[] Noise(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
}
