using Descant.Audio;
using Descant.Separation;

namespace Descant.Tests.Separation;

public sealed class SongSeparatorTests
{
    public static TheoryData<int, SampleFormat> ChannelsAndFormats()
    {
        TheoryData<int, SampleFormat> cases = [];
        foreach (int channels in new[] { 1, 2, 5 })
        {
            foreach (SampleFormat format in Enum.GetValues<SampleFormat>())
            {
                cases.Add(channels, format);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(ChannelsAndFormats))]
    public void Stems_keep_rate_length_and_depth_and_sum_to_the_song(int channels, SampleFormat format)
    {
        foreach (int samples in new[] { 0, 1, 4999, 5003 })
        {
            using TemporaryFolder folder = new();
            AudioClip song = new(Scaled(IdentityNetwork.Noise(channels, samples, 3), 0.9f), 44100);
            song.SaveWav(folder["song.wav"], format);
            AudioClip stored = AudioClip.Load(folder["song.wav"]);
            SeparationResult result = Separate(folder, [0.3f], new SeparationSettings());
            Assert.Equal(samples, result.Samples);
            Assert.Equal(1, result.Gain);
            Assert.Empty(result.Warnings);
            AudioClip[] stems = [AudioClip.Load(folder["vocals.wav"]), AudioClip.Load(folder["accompaniment.wav"])];
            double step = format switch { SampleFormat.Pcm16 => 1 / 32768.0, SampleFormat.Pcm24 => 1 / 8388608.0, _ => 1.2e-7 };
            using AudioReader reader = AudioReader.Open(folder["vocals.wav"]);
            using AudioReader original = AudioReader.Open(folder["song.wav"]);
            Assert.Equal(original.Properties.BitDepth, reader.Properties.BitDepth);
            Assert.Equal(original.Properties.IsFloat, reader.Properties.IsFloat);
            AssertSums(stored, stems, gain: 1, format == SampleFormat.FloatingPoint32 ? step : 0);

            // Besides 1e-6 of overlap-add: half a step of rounding and, at 16 bits, one of dither.
            double tolerance = 1e-6 + (format == SampleFormat.Pcm16 ? 1.5 : 0.5) * step;
            AssertClose(stored, stems[0], 0.3, tolerance);
        }
    }

    [Fact]
    public void A_stem_beyond_full_scale_lowers_all_stems_by_one_gain_and_the_sum_is_exact()
    {
        using TemporaryFolder folder = new();
        AudioClip song = new(IdentityNetwork.Noise(2, 20000, 5), 44100);
        song.SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        AudioClip stored = AudioClip.Load(folder["song.wav"]);
        SeparationResult result = Separate(folder, [1.8f], new SeparationSettings());
        Assert.InRange(result.Gain, 0.55, 1 / 1.79);
        AudioClip[] stems = [AudioClip.Load(folder["vocals.wav"]), AudioClip.Load(folder["accompaniment.wav"])];
        AssertSums(stored, stems, result.Gain, 0);
        AssertClose(stored, stems[0], 1.8 * result.Gain, 1e-6 + (1.5 / 32768));

        SeparationResult clamped = Separate(folder, [1.8f], new SeparationSettings { Clip = ClipPolicy.Clamp });
        Assert.Equal(1, clamped.Gain);
        AssertSums(stored, [AudioClip.Load(folder["vocals.wav"]), AudioClip.Load(folder["accompaniment.wav"])], 1, 0);

        SeparationResult floating = Separate(folder, [1.8f], new SeparationSettings { Format = SampleFormat.FloatingPoint32 });
        Assert.Equal(1, floating.Gain);
        AssertClose(stored, AudioClip.Load(folder["vocals.wav"]), 1.8, 2e-6);
    }

    [Fact]
    public void Full_scale_music_without_voice_keeps_its_level_and_its_silent_stem_is_silent()
    {
        using TemporaryFolder folder = new();
        float[] square = [.. Enumerable.Range(0, 9000).Select(i => i / 50 % 2 == 0 ? 32767 / 32768f : -1f)];
        new AudioClip([square, square], 44100).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        SeparationResult silent = Separate(folder, [0f], new SeparationSettings());
        Assert.Equal(1, silent.Gain);
        Assert.All(AudioClip.Load(folder["vocals.wav"]).Channels[0], sample => Assert.Equal(0, sample));
        Assert.Equal(square, AudioClip.Load(folder["accompaniment.wav"]).Channels[1]);

        // An estimate below one step is nothing but dither, which must neither overflow nor lower the level.
        SeparationResult faint = Separate(folder, [1e-6f], new SeparationSettings());
        Assert.Equal(1, faint.Gain);
        AssertSums(AudioClip.Load(folder["song.wav"]), [AudioClip.Load(folder["vocals.wav"]), AudioClip.Load(folder["accompaniment.wav"])], 1, 0);
    }

    [Fact]
    public void Samples_that_are_not_finite_become_zero_and_are_counted()
    {
        using TemporaryFolder folder = new();
        float[][] noise = IdentityNetwork.Noise(1, 3000, 1);
        noise[0][7] = float.NaN;
        noise[0][8] = float.NegativeInfinity;
        noise[0][9] = float.MaxValue;
        new AudioClip(noise, 44100).SaveWav(folder["song.wav"], SampleFormat.FloatingPoint32);
        SeparationResult result = Separate(folder, [0.5f], new SeparationSettings());
        Assert.Contains(result.Warnings, warning => warning.StartsWith("2 samples of the song", StringComparison.Ordinal));
        foreach (string stem in new[] { "vocals.wav", "accompaniment.wav" })
        {
            float[] samples = AudioClip.Load(folder[stem]).Channels[0];
            Assert.All(samples, sample => Assert.True(float.IsFinite(sample)));
            Assert.Equal(0, samples[7]);
        }
    }

    [Fact]
    public void Four_stems_sum_and_one_stem_can_be_asked_for()
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(2, 6000, 9), 44100).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        SeparationResult all = Separate(folder, [0.4f, 0.3f, 0.1f, 0.1f], new SeparationSettings());
        AssertSums(AudioClip.Load(folder["song.wav"]), [.. all.Files.Values.Select(file => AudioClip.Load(file))], 1, 0);

        float[] before = AudioClip.Load(folder["source2.wav"]).Channels[0];
        SeparationResult one = Separate(folder, [0.4f, 0.3f, 0.1f, 0.1f], new SeparationSettings { Stems = ["source2"] });
        Assert.Equal(["source2"], one.Files.Keys);
        Assert.Equal(before, AudioClip.Load(folder["source2.wav"]).Channels[0]);

        SeparationResult two = Separate(folder, [0.4f, 0.3f, 0.1f, 0.1f], new SeparationSettings { Stems = ["vocals", "accompaniment"] });
        AssertSums(AudioClip.Load(folder["song.wav"]), [.. two.Files.Values.Select(file => AudioClip.Load(file))], 1, 0);

        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Separate(folder, [0.4f, 0.3f], new SeparationSettings { Stems = ["drums"] }));
        Assert.Contains("vocals, source1, accompaniment, got drums", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("source2", "source2")]
    [InlineData("accompaniment", "vocals")]
    [InlineData("vocals,source1", "vocals,source1")]
    [InlineData("source3", "vocals,source1,source2")]
    public void Only_the_sources_that_the_stems_need_are_computed(string stems, string computed)
    {
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 1000, 100, [0.4f, 0.3f, 0.2f, 0.1f]);
        List<string> asked = [];
        network = network with
        {
            Separate = (_, _, _) => Assert.Fail("all sources were computed"),
            SeparateSome = wanted =>
            {
                asked.AddRange(wanted.Select(source => network.Sources[source]));
                float[] shares = [.. wanted.Select(source => new[] { 0.4f, 0.3f, 0.2f, 0.1f }[source])];
                return IdentityNetwork.Create(44100, 2, 1000, 100, shares).Separate;
            },
        };
        using TemporaryFolder folder = new();
        AudioClip song = new(IdentityNetwork.Noise(2, 3000, 9), 44100);
        song.SaveWav(folder["song.wav"], SampleFormat.FloatingPoint32);
        SeparationResult result = new SongSeparator(network, new SeparationSettings { Stems = stems.Split(',') })
            .Separate(folder["song.wav"], stem => folder[stem + ".wav"]);
        Assert.Equal(stems.Split(','), result.Files.Keys);
        Assert.Equal(computed.Split(','), asked);
        double share = stems switch { "source2" => 0.2, "accompaniment" => 0.6, "source3" => 0.1, _ => 0.4 };
        AssertClose(song, AudioClip.Load(result.Files.Values.First()), share, 1e-6);
    }

    [Fact]
    public void A_preview_is_the_stretch_with_the_most_singing()
    {
        // The network's vocals are the mixture above 0.4: a loud band plays at 50 s, someone sings from 100 to 140 s.
        const int Rate = 1000;
        SegmentNetwork network = IdentityNetwork.Create(Rate, 1, 4000, 200, [1]);
        network = network with
        {
            Separate = (mixtures, estimates, _) =>
            {
                for (int i = 0; i < mixtures.Length; i++)
                {
                    estimates[i] = mixtures[i] > 0.4f ? mixtures[i] : 0;
                }
            },
        };
        float[] song = [.. Enumerable.Range(0, 200 * Rate).Select(i => i / Rate is >= 100 and < 140 ? (i % 2 * 0.5f) : i / Rate is >= 50 and < 90 ? -0.9f : 0.1f)];
        using TemporaryFolder folder = new();
        new AudioClip([song], Rate).SaveWav(folder["song.wav"], SampleFormat.FloatingPoint32);
        SeparationResult result = new SongSeparator(network, new SeparationSettings { IsPreview = true }).Separate(folder["song.wav"], stem => folder[stem + ".wav"]);
        Assert.InRange(result.StartSeconds, 100, 110);
        Assert.Equal(30 * Rate, result.Samples);

        new AudioClip([song[..5000]], Rate).SaveWav(folder["short.wav"], SampleFormat.FloatingPoint32);
        SeparationResult whole = new SongSeparator(network, new SeparationSettings { IsPreview = true }).Separate(folder["short.wav"], stem => folder[stem + ".wav"]);
        Assert.Equal((0, 5000), (whole.StartSeconds, whole.Samples));
    }

    [Fact]
    public void Random_settings_keep_everything_that_is_promised()
    {
        Random random = new(4);
        using TemporaryFolder folder = new();
        for (int trial = 0; trial < 60; trial++)
        {
            int rate = new[] { 8000, 22050, 44100, 48000 }[random.Next(4)];
            int channels = random.Next(1, 5), samples = random.Next(0, 6000);
            SampleFormat format = (SampleFormat)random.Next(3);
            new AudioClip(IdentityNetwork.Noise(channels, samples, trial), rate).SaveWav(folder["song.wav"], format);
            AudioClip song = AudioClip.Load(folder["song.wav"]);
            float[] shares = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.NextSingle() / 2)];
            SegmentNetwork network = IdentityNetwork.Create(44100, random.Next(1, 3), 1000, random.Next(0, 200), shares);
            SeparationSettings settings = new()
            {
                Overlap = random.NextDouble() * 0.9,
                Shifts = random.Next(1, 4),
                Batch = random.Next(1, 4),
                WienerIterations = random.Next(2),
                SharesMixture = shares.Length > 1 && random.Next(2) == 1,
                Clip = (ClipPolicy)random.Next(2),
            };
            SeparationResult result = new SongSeparator(network, settings).Separate(folder["song.wav"], stem => folder[stem + ".wav"]);
            AudioClip[] stems = [.. result.Files.Values.Select(file => AudioClip.Load(file))];
            Assert.Equal((samples, rate, channels), (result.Samples, result.SampleRate, result.Channels));
            Assert.All(stems, stem => Assert.Equal((rate, channels), (stem.SampleRate, stem.Channels.Length)));
            Assert.True(settings.Clip == ClipPolicy.CommonGain || result.Gain == 1);
            Assert.True(format != SampleFormat.FloatingPoint32 || result.Gain == 1);
            double step = format switch { SampleFormat.Pcm16 => 1 / 32768.0, SampleFormat.Pcm24 => 1 / 8388608.0, _ => 4.8e-7 };
            AssertSums(song, stems, result.Gain, format == SampleFormat.FloatingPoint32 ? step : 0, step);
        }
    }

    [Fact]
    public void A_file_in_pieces_gives_the_samples_of_the_whole_in_memory()
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(2, 200003, 6), 48000).SaveWav(folder["song.wav"], SampleFormat.FloatingPoint32);
        AudioClip song = AudioClip.Load(folder["song.wav"]);
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 9000, 700, [0.37f]);
        Separate(folder, network, new SeparationSettings());
        AudioClip written = AudioClip.Load(folder["vocals.wav"]);
        List<float> whole = [];
        MixtureSeparation separation = new(network, 48000, 2, new SeparationSettings(), (_, estimates, count) => whole.AddRange(estimates[1].AsSpan(0, count)));
        separation.Write(song.Channels, 0, song.Samples);
        separation.Complete();
        Assert.Equal(whole, written.Channels[1]);
    }

    [Fact]
    public void Progress_tells_stage_part_and_time_left()
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(2, 300000, 1), 44100).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        List<SeparationProgress> told = [];
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 9000, 100, [0.4f]);
        new SongSeparator(network, new SeparationSettings()).Separate(folder["song.wav"], stem => folder[stem + ".wav"], new Told(told));
        Assert.Equal([SeparationStage.Separate, SeparationStage.Write], told.Select(p => p.Stage).Distinct());
        Assert.Equal(told.Select(p => p.Fraction).Order(), told.Select(p => p.Fraction));
        Assert.Equal((1, 0, 300000, 300000), (told[^1].Fraction, told[^1].SecondsLeft, told[^1].DoneSamples, told[^1].TotalSamples));
        Assert.All(told.Skip(1), p => Assert.True(p.SecondsLeft >= 0));
    }

    [Fact]
    public void Start_and_duration_cut_the_song()
    {
        using TemporaryFolder folder = new();
        AudioClip song = new(IdentityNetwork.Noise(2, 44100, 2), 44100);
        song.SaveWav(folder["song.wav"], SampleFormat.FloatingPoint32);
        SeparationResult result = Separate(folder, [1f], new SeparationSettings { StartSeconds = 0.25, DurationSeconds = 0.5 });
        Assert.Equal(22050, result.Samples);
        Assert.Equal(song.Channels[1][11025], AudioClip.Load(folder["vocals.wav"]).Channels[1][0], 1e-6f);
    }

    [Theory]
    [InlineData("song.wav", 1.5)]
    [InlineData("song.wav", 1)]
    [InlineData("song.flac", 1.5)]
    [InlineData("song.flac", 1)]
    [Trait("Needs", "ffmpeg")]
    public void A_start_that_the_song_does_not_reach_is_an_error_that_says_how_long_it_is(string name, double start)
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(2, 44100, 2), 44100).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        Audio.AudioFolder.Ffmpeg("-i", folder["song.wav"], folder["song.flac"]);
        SongSeparator separator = new(IdentityNetwork.Create(44100, 2, 1000, 100, [0.5f]), new SeparationSettings { StartSeconds = start });
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => separator.Separate(folder[name], stem => folder[stem + ".wav"]));
        Assert.EndsWith(
            FormattableString.Invariant($"{name}: expected a start before the song's end at 1 s, got {start} s"), error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void Cancelling_leaves_nothing_behind()
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(2, 60000, 2), 44100).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        using CancellationTokenSource cancellation = new();
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 1000, 100, [0.5f]);
        int calls = 0;
        network = network with
        {
            Separate = (mixtures, estimates, batch) =>
            {
                if (++calls == 5)
                {
                    cancellation.Cancel();
                }
            },
        };
        Assert.Throws<OperationCanceledException>(() => new SongSeparator(network, new SeparationSettings())
            .Separate(folder["song.wav"], stem => folder[stem + ".wav"], null, cancellation.Token));
        Assert.Equal([folder["song.wav"]], Directory.GetFiles(folder.Path));
    }

    private static SeparationResult Separate(TemporaryFolder folder, float[] shares, SeparationSettings settings) =>
        Separate(folder, IdentityNetwork.Create(44100, 2, 1000, 100, shares), settings);

    private static SeparationResult Separate(TemporaryFolder folder, SegmentNetwork network, SeparationSettings settings) =>
        new SongSeparator(network, settings).Separate(folder["song.wav"], stem => folder[stem + ".wav"]);

    private static float[][] Scaled(float[][] samples, float factor) => [.. samples.Select(channel => channel.Select(x => x * factor).ToArray())];

    private static void AssertClose(AudioClip song, AudioClip stem, double share, double tolerance)
    {
        Assert.Equal(song.Samples, stem.Samples);
        for (int channel = 0; channel < song.Channels.Length; channel++)
        {
            for (int i = 0; i < song.Samples; i++)
            {
                Assert.InRange(stem.Channels[channel][i] - (share * song.Channels[channel][i]), -tolerance, tolerance);
            }
        }
    }

    // Exactly the song where nothing was scaled; else the song times the gain, rounded once.
    private static void AssertSums(AudioClip song, AudioClip[] stems, double gain, double tolerance, double step = 1 / 32768.0)
    {
        for (int channel = 0; channel < song.Channels.Length; channel++)
        {
            Assert.All(stems, stem => Assert.Equal(song.Samples, stem.Channels[channel].Length));
            for (int i = 0; i < song.Samples; i++)
            {
                double sum = stems.Sum(stem => (double)stem.Channels[channel][i]);
                double expected = gain * song.Channels[channel][i];
                double allowed = gain == 1 ? tolerance : 0.5001 * step;
                Assert.InRange(sum - expected, -allowed, allowed);
            }
        }
    }

    private sealed class Told(List<SeparationProgress> told) : IProgress<SeparationProgress>
    {
        public void Report(SeparationProgress value) => told.Add(value);
    }
}
