using Descant.Dsp;

namespace Descant.Tests.Dsp;

/// <summary>The loudness of signals whose value the standards state.</summary>
public sealed class LoudnessMeterTests
{
    [Theory]
    [InlineData(44100)]
    [InlineData(48000)]
    [InlineData(96000)]
    public void A_full_scale_tone_of_997_Hz_in_one_channel_is_minus_3_01_LUFS(int rate)
    {
        // ITU-R BS.1770-4, Annex 1: a 0 dB FS, 997 Hz sine in the left, centre or right channel.
        Assert.Equal(-3.01, Measure(rate, 2, (1, 5)), 0.01);
    }

    [Theory]
    [InlineData(-23.0, -23.0)]
    [InlineData(-33.0, -33.0)]
    public void A_stereo_tone_of_minus_23_dB_is_minus_23_LUFS(double level, double expected)
    {
        // EBU Tech 3341, cases 1 and 2 (stereo, so 3 dB more than one channel).
        Assert.Equal(expected, MeasureStereo((level, 5)), 0.1);
    }

    [Fact]
    public void Quiet_passages_do_not_count()
    {
        // EBU Tech 3341, cases 3 and 4, shortened in proportion.
        Assert.Equal(-23, MeasureStereo((-36, 5), (-23, 30), (-36, 5)), 0.1);
        Assert.Equal(-23, MeasureStereo((-72, 5), (-36, 5), (-23, 30), (-36, 5), (-72, 5)), 0.1);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(2000)]
    [InlineData(3363)]
    public void A_band_that_ends_below_the_shelf_measures_a_low_tone_as_a_wide_one_does(int rate) =>
        Assert.Equal(Measure(48000, 1, (0.5, 5), 200), Measure(rate, 1, (0.5, 5), 200), 0.1);

    [Fact]
    public void Silence_and_less_than_a_block_have_none()
    {
        LoudnessMeter meter = new(48000, 1);
        meter.Add([new float[48000]], 0, 48000);
        Assert.Equal(double.NegativeInfinity, meter.Integrated);
    }

    private static double MeasureStereo(params (double Level, int Seconds)[] passages)
    {
        LoudnessMeter meter = new(48000, 2);
        foreach ((double level, int seconds) in passages)
        {
            float[] tone = Tone(48000, seconds, Math.Pow(10, level / 20), 1000);
            for (int at = 0; at < tone.Length; at += 7777)
            {
                meter.Add([tone, tone], at, Math.Min(7777, tone.Length - at));
            }
        }

        return meter.Integrated;
    }

    private static double Measure(int rate, int channels, (double Amplitude, int Seconds) passage, double frequency = 997)
    {
        LoudnessMeter meter = new(rate, channels);
        float[][] samples = [.. Enumerable.Range(0, channels).Select(_ => new float[rate * passage.Seconds])];
        samples[0] = Tone(rate, passage.Seconds, passage.Amplitude, frequency);
        meter.Add(samples, 0, samples[0].Length);
        return meter.Integrated;
    }

    private static float[] Tone(int rate, int seconds, double amplitude, double frequency) =>
        [.. Enumerable.Range(0, rate * seconds).Select(i => (float)(amplitude * Math.Sin(2 * Math.PI * frequency * i / rate)))];
}
