using Descant.Training;

namespace Descant.Tests.Training;

/// <summary>The effects on voices, against what defines them.</summary>
public sealed class ProductionTests
{
    private const int Rate = 44100;

    [Theory]
    [InlineData(1000, 6)]
    [InlineData(4000, -8)]
    public void A_peaking_filter_has_its_gain_at_its_centre_and_none_far_away(double centre, double gainDb)
    {
        Assert.Equal(gainDb, Gain(centre), 0.1);
        Assert.Equal(0, Gain(centre / 40), 0.1);

        double Gain(double hz)
        {
            StereoBuffer audio = Tone(hz, Rate);
            Equalizer.Peak(audio, Rate, centre, 1.5, gainDb);
            // The second half, after the filter has settled.
            return 10 * Math.Log10(StereoBuffer.SumOfSquares(audio[1][(Rate / 2)..]) / StereoBuffer.SumOfSquares(Tone(hz, Rate)[1][(Rate / 2)..]));
        }
    }

    [Fact]
    public void Reverberation_decays_by_60_dB_in_a_time_between_those_drawn()
    {
        int samples = 4 * Rate;
        Reverberation reverberation = new(Rate, samples);
        StereoBuffer wet = new(2, samples);
        float[] click = new float[samples];
        click[0] = 1;
        for (ulong room = 0; room < 8; room++)
        {
            reverberation.Apply(click, wet, new RandomStream(5, room));
            // Schroeder's backward integral: slope between −5 and −25 dB.
            double[] left = new double[samples + 1];
            for (int i = samples - 1; i >= 0; i--)
            {
                left[i] = left[i + 1] + (wet[0][i] * wet[0][i]) + (wet[1][i] * wet[1][i]);
            }

            int From(double db) => Array.FindIndex(left, e => e < left[0] * Math.Pow(10, db / 10));
            double seconds = 3.0 * (From(-25) - From(-5)) / Rate;
            Assert.InRange(seconds, 0.1, 2.6); // 0.25 to 2.5 s are drawn; damping shortens the treble
        }
    }

    [Fact]
    public void Reverberation_does_not_depend_on_what_the_room_heard_before()
    {
        int samples = Rate;
        float[] voice = new float[samples];
        new RandomStream(1, 1).Noise(voice);
        Reverberation fresh = new(Rate, samples), used = new(Rate, samples);
        StereoBuffer first = new(2, samples), second = new(2, samples);
        used.Apply(voice, second, new RandomStream(3, 3));
        fresh.Apply(voice, first, new RandomStream(4, 4));
        used.Apply(voice, second, new RandomStream(4, 4));
        Assert.True(first[0].SequenceEqual(second[0]) && first[1].SequenceEqual(second[1]));
    }

    [Fact]
    public void A_compressor_of_full_amount_makes_loud_and_quiet_equal()
    {
        StereoBuffer audio = Tone(500, 2 * Rate);
        for (int channel = 0; channel < 2; channel++)
        {
            StereoBuffer.Multiply(audio[channel][Rate..], 0.1f); // the second half 20 dB quieter
        }

        StereoBuffer along = new(2, 2 * Rate);
        along.CopyFrom(audio);
        Compressor.Apply(audio, Rate, 0.2, 1, 0.02, along);
        double first = StereoBuffer.SumOfSquares(audio[0].Slice(Rate / 2, 4410)), second = StereoBuffer.SumOfSquares(audio[0].Slice(3 * Rate / 2, 4410));
        Assert.Equal(0, 10 * Math.Log10(first / second), 0.2);
        Assert.True(audio[1].SequenceEqual(along[1])); // what goes along gets the same gain
    }

    [Fact]
    public void A_changed_speed_moves_a_tone_by_that_factor()
    {
        SpeedChange change = new();
        const double Speed = 1.07;
        float[] source = new float[SpeedChange.SourceSamples(10000, Speed) + 1], played = new float[10000];
        double w = 2 * Math.PI * 3000 / Rate;
        for (int i = 0; i < source.Length; i++)
        {
            source[i] = (float)Math.Sin(w * (i - ((SpeedChange.Taps / 2) - 1)));
        }

        change.Read(source, Speed, played);
        for (int i = 0; i < played.Length; i++)
        {
            // 512 phases, the nearest taken: the place is off by up to 1/1024 sample, the value by w/1024 = 4e-4.
            Assert.Equal(Math.Sin(w * Speed * i), played[i], 1e-3);
        }
    }

    [Fact]
    public void Production_changes_voices_leaves_silence_and_stays_finite()
    {
        VoiceProduction production = new(new ProductionRecipe { Probability = 1 }, Rate, 2, Rate);
        StereoBuffer silence = new(2, Rate);
        production.Apply(silence, new RandomStream(1, 0));
        Assert.Equal(0, silence.Level());
        for (ulong i = 0; i < 30; i++)
        {
            StereoBuffer voice = Tone(300, Rate);
            production.Apply(voice, new RandomStream(1, i));
            Assert.True(float.IsFinite(voice.Level()) && voice.Level() > 0);
        }
    }

    [Fact]
    public void Random_streams_are_uniform_and_unlike_each_other()
    {
        double[] sums = new double[4];
        for (ulong index = 0; index < 4; index++)
        {
            RandomStream random = new(1, index);
            for (int i = 0; i < 20000; i++)
            {
                sums[index] += random.Unit() / 20000;
            }
        }

        Assert.All(sums, mean => Assert.InRange(mean, 0.5 - 0.01, 0.5 + 0.01)); // deviation of the mean 0.002
        Assert.Equal(4, sums.Distinct().Count());
    }

    private static StereoBuffer Tone(double hz, int samples)
    {
        StereoBuffer audio = new(2, samples);
        for (int i = 0; i < samples; i++)
        {
            audio[0][i] = audio[1][i] = 0.3f * (float)Math.Sin(2 * Math.PI * hz * i / Rate);
        }

        return audio;
    }
}
