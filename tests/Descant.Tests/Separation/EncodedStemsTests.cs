using Descant.Audio;
using Descant.Separation;

namespace Descant.Tests.Separation;

/// <summary>Stems in every kind of file, and the tags that travel with them.</summary>
public sealed class EncodedStemsTests
{
    [Theory]
    [InlineData(AudioContainer.Wav)]
    [InlineData(AudioContainer.Flac)]
    [Trait("Needs", "ffmpeg")]
    public void Lossless_stems_sum_to_the_song_and_an_impulse_stays(AudioContainer container)
    {
        using TemporaryFolder folder = new();
        float[][] samples = [new float[30011], new float[30011]];
        samples[0][12345] = 0.9f;
        samples[1][12345] = -0.8f;
        new AudioClip(samples, 48000).SaveWav(folder["song.wav"], SampleFormat.Pcm24);
        SeparationResult result = Separate(folder, "song.wav", new SeparationSettings { Encoding = new AudioEncoding(container) });
        AudioClip song = AudioClip.Load(folder["song.wav"]);
        AudioClip[] stems = [.. result.Files.Values.Select(file => AudioClip.Load(file))];
        for (int i = 0; i < song.Samples; i++)
        {
            Assert.Equal(song.Channels[1][i], stems[0].Channels[1][i] + stems[1].Channels[1][i]);
        }

        Assert.All(stems, stem => Assert.Equal(12345, Array.FindIndex(stem.Channels[0], x => x > 0.3f)));
    }

    [Theory]
    [InlineData(AudioContainer.Wav)]
    [InlineData(AudioContainer.Flac)]
    [InlineData(AudioContainer.Mp3)]
    [InlineData(AudioContainer.M4a)]
    [InlineData(AudioContainer.Ogg)]
    [InlineData(AudioContainer.Opus)]
    [Trait("Needs", "ffmpeg")]
    public void Tags_cover_and_gain_are_carried_over(AudioContainer container)
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(2, 48000, 1), 48000).SaveWav(folder["plain.wav"], SampleFormat.Pcm16);
        Ffmpeg("-f", "lavfi", "-i", "color=c=red:s=32x32:d=0.1", "-frames:v", "1", folder["cover.png"]);
        Ffmpeg(
            "-i", folder["plain.wav"], "-i", folder["cover.png"], "-map", "0:a", "-map", "1:v", "-c:a", "flac", "-c:v", "copy", "-disposition:v", "attached_pic",
            "-metadata", "title=Über; =#\\Song", "-metadata", "artist=你好", "-metadata", "album=A", "-metadata", "date=1999",
            "-metadata", "album_artist=B", "-metadata", "track=3", "-metadata", "genre=Polka", folder["song.flac"]);
        SeparationResult result = Separate(folder, "song.flac", new SeparationSettings { Encoding = new AudioEncoding(container), ModelName = "test" }, share: 1.5f);
        Assert.InRange(result.Gain, 0.6, 0.7);
        using AudioReader reader = AudioReader.Open(result.Files["vocals"]);
        IReadOnlyDictionary<string, string> tags = Probe(result.Files["vocals"]);
        Assert.Equal("Über; =#\\Song", tags["title"]);
        Assert.Equal("你好", tags["artist"]);
        Assert.Equal("A", tags["album"]);
        Assert.Equal(("3", "Polka"), (tags["track"], tags["genre"]));

        // ffmpeg passes over a WAV's ID3 where there is INFO, which has no name for these; we read both.
        Assert.Equal("B", reader.Properties.Tags["album_artist"]);
        Assert.True(container != AudioContainer.Wav || (reader.Properties.Tags["stem"], reader.Properties.Tags["descant_model"]) == ("vocals", "test"));
        Assert.StartsWith("1999", tags["date"], StringComparison.Ordinal);
        string gain = tags.TryGetValue("descant_gain", out string? own) ? own : tags["comment"].Split("DESCANT_GAIN=")[1];
        Assert.Equal(result.Gain, double.Parse(gain, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains("vocals", tags["comment"], StringComparison.Ordinal);
        if (container != AudioContainer.Wav)
        {
            byte[]? cover = CoverArt.Read(result.Files["vocals"]);
            Assert.Equal(File.ReadAllBytes(folder["cover.png"]), cover);
        }

        Assert.Equal(2 + 3, Directory.GetFiles(folder.Path).Length);
    }

    [Theory]
    [InlineData("song.mp3", "-c:a", "libmp3lame", "-b:a", "192k")]
    [InlineData("song.flac", "-ar", "96000", "-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24")]
    [InlineData("mono.wav", "-ar", "8000", "-ac", "1", "-c:a", "pcm_s16le")]
    [InlineData("video.mp4", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5", "-shortest", "-map", "0:a", "-map", "1:v", "-c:v", "mpeg4", "-c:a", "aac")]
    [InlineData("song.stem.mp4", "-map", "0:a", "-map", "0:a", "-map", "0:a", "-map", "0:a", "-map", "0:a", "-c:a", "aac")]
    [InlineData("surround.flac", "-af", "pan=5.1|FL=FL|FR=FR|FC=0.5*FL|LFE=0.2*FR|BL=0.3*FL|BR=0.4*FR", "-c:a", "flac")]
    [Trait("Needs", "ffmpeg")]
    public void Stems_of_every_kind_of_song_sum_to_what_was_decoded(string name, params string[] how)
    {
        using TemporaryFolder folder = new();
        new AudioClip([.. IdentityNetwork.Noise(2, 48000, 7).Select(x => x.Select(value => 0.5f * value).ToArray())], 48000).SaveWav(folder["noise.wav"], SampleFormat.Pcm24);
        Ffmpeg(["-i", folder["noise.wav"], .. how, folder[name]]);
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 5000, 500, [0.4f, 0.3f]);
        SeparationResult result = new SongSeparator(network, new SeparationSettings()).Separate(folder[name], stem => folder[stem + ".wav"]);
        Assert.Equal(1, result.Gain);
        Assert.Empty(result.Warnings);
        AudioClip song = AudioClip.Load(folder[name]), vocals = AudioClip.Load(folder["vocals.wav"]), rest = AudioClip.Load(folder["source1.wav"]);
        using AudioReader stored = AudioReader.Open(folder["vocals.wav"]);
        Assert.Equal(name.EndsWith("flac", StringComparison.Ordinal) ? 24 : 16, stored.Properties.BitDepth);
        Assert.Equal((song.Samples, song.SampleRate, song.Channels.Length), (vocals.Samples, vocals.SampleRate, vocals.Channels.Length));
        double half = 0.5001 / (name.EndsWith("flac", StringComparison.Ordinal) ? 8388608 : 32768);
        for (int channel = 0; channel < song.Channels.Length; channel++)
        {
            for (int i = 0; i < song.Samples; i++)
            {
                Assert.InRange((double)vocals.Channels[channel][i] + rest.Channels[channel][i] - song.Channels[channel][i], -half, half);
            }
        }
    }

    [Theory]
    [InlineData(AudioContainer.Wav, SampleFormat.Pcm16, 8000)]
    [InlineData(AudioContainer.Wav, SampleFormat.Pcm24, 96000)]
    [InlineData(AudioContainer.Wav, SampleFormat.FloatingPoint32, 44100)]
    [InlineData(AudioContainer.Flac, SampleFormat.Pcm16, 48000)]
    [InlineData(AudioContainer.Flac, SampleFormat.Pcm24, 192000)]
    [Trait("Needs", "ffmpeg")]
    public void An_impulse_stays_at_its_sample_where_the_path_resamples(AudioContainer container, SampleFormat format, int rate)
    {
        using TemporaryFolder folder = new();
        float[] samples = new float[30011];
        samples[12345] = 0.9f;
        new AudioClip([samples], rate).SaveWav(folder["song.wav"], format);
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 5000, 500, [0.5f]);
        SeparationSettings settings = new() { Encoding = new AudioEncoding(container) };
        SeparationResult result = new SongSeparator(network, settings).Separate(folder["song.wav"], stem => folder[$"{stem}.{settings.Encoding.Extension}"]);
        Assert.All(result.Files.Values, file =>
        {
            float[] stem = AudioClip.Load(file).Channels[0];
            Assert.Equal(12345, Array.IndexOf(stem, stem.Max()));
            Assert.Equal(30011, stem.Length);
        });
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [Trait("Needs", "ffmpeg")]
    public void Channels_of_flac_are_neither_mixed_nor_moved(int channels)
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(channels, 9001, channels), 44100).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 5000, 500, [0.5f]);
        SeparationSettings settings = new() { Encoding = new AudioEncoding(AudioContainer.Flac) };
        SeparationResult first = new SongSeparator(network, settings).Separate(folder["song.wav"], stem => folder[stem + ".flac"]);
        AudioClip song = AudioClip.Load(folder["song.wav"]);
        AudioClip[] stems = [.. first.Files.Values.Select(file => AudioClip.Load(file))];
        for (int channel = 0; channel < channels; channel++)
        {
            for (int i = 0; i < song.Samples; i++)
            {
                Assert.Equal(song.Channels[channel][i], stems[0].Channels[channel][i] + stems[1].Channels[channel][i]);
            }
        }
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void The_cover_of_an_AIFF_is_carried_over()
    {
        using TemporaryFolder folder = new();
        Ffmpeg("-f", "lavfi", "-i", "color=c=red:s=32x32:d=0.1", "-frames:v", "1", folder["cover.png"]);
        Ffmpeg(
            "-f", "lavfi", "-i", "sine=duration=0.2:sample_rate=48000", "-i", folder["cover.png"], "-map", "0:a", "-map", "1:v", "-ac", "2",
            "-c:v", "copy", "-disposition:v", "attached_pic", "-write_id3v2", "1", folder["song.aiff"]);
        SeparationResult result = Separate(folder, "song.aiff", new SeparationSettings { Encoding = new AudioEncoding(AudioContainer.Flac) });
        Assert.Equal(File.ReadAllBytes(folder["cover.png"]), CoverArt.Read(result.Files["vocals"]));
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Stems_that_the_disk_has_no_room_for_are_an_error_although_ffmpeg_calls_it_success()
    {
        // The real ffmpeg with a disk that is full after 4 KiB; what it holds back until the file's end is lost then.
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["ffmpeg"], "#!/bin/sh\ntrap '' XFSZ\nulimit -f 8\nexec ffmpeg \"$@\"\n");
        Run("chmod", "+x", folder["ffmpeg"]);
        new AudioClip(IdentityNetwork.Noise(2, 5000, 1), 48000).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        SegmentNetwork network = IdentityNetwork.Create(48000, 2, 5000, 500, [0.5f]);
        SongSeparator separator = new(network, new SeparationSettings { Encoding = new AudioEncoding(AudioContainer.Flac) }, new FfmpegPrograms(folder["ffmpeg"]));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => separator.Separate(folder["song.wav"], stem => folder[stem + ".flac"]));
        Assert.Contains("ffmpeg cannot write it (Error writing trailer", error.Message, StringComparison.Ordinal);
        Assert.Equal([folder["ffmpeg"], folder["song.wav"]], Directory.GetFiles(folder.Path).Order());
    }

    [Theory]
    [InlineData(AudioContainer.Mp3)]
    [InlineData(AudioContainer.M4a)]
    [InlineData(AudioContainer.Opus)]
    [Trait("Needs", "ffmpeg")]
    public void A_rate_that_the_encoder_changes_is_told_and_no_other(AudioContainer container)
    {
        using TemporaryFolder folder = new();
        foreach (int rate in new[] { 7350, 8000, 44100, 48000, 50000, 88200, 96000, 192000 })
        {
            AudioEncoding encoding = new(container);
            using (AudioWriter writer = AudioWriter.Create(folder["a"], encoding, rate, 1, SampleFormat.Pcm16, new Dictionary<string, string>()))
            {
                writer.Write([new float[5000]], 0, 5000);
                writer.Complete();
            }

            using AudioReader reader = AudioReader.Open(folder["a"]);
            Assert.Equal((rate, reader.Properties.SampleRate != rate), (rate, encoding.Changes(rate).Any()));
        }
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void What_a_kind_of_file_cannot_hold_is_refused_before_work_starts_or_said()
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(6, 3000, 1), 44100).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 1000, 100, [0.5f]) with { Separate = (_, _, _) => Assert.Fail("work started") };
        SongSeparator mp3 = new(network, new SeparationSettings { Encoding = new AudioEncoding(AudioContainer.Mp3) });
        Assert.Contains(
            "at most 2 channels, got 6", Assert.Throws<ArgumentException>(() => mp3.Separate(folder["song.wav"], stem => folder[stem + ".mp3"])).Message, StringComparison.Ordinal);
        SongSeparator flac = new(network, new SeparationSettings { Encoding = new AudioEncoding(AudioContainer.Flac) }, new FfmpegPrograms("no-such-program"));
        Assert.Contains(
            "no-such-program", Assert.Throws<InvalidDataException>(() => flac.Separate(folder["song.wav"], stem => folder[stem + ".flac"])).Message, StringComparison.Ordinal);
        Assert.Equal([folder["song.wav"]], Directory.GetFiles(folder.Path));

        new AudioClip(IdentityNetwork.Noise(2, 3000, 1), 44100).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        Assert.Contains(Separate(folder, "song.wav", new SeparationSettings { Encoding = new AudioEncoding(AudioContainer.Opus) }).Warnings, line => line.Contains("48000 Hz", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(AudioContainer.Wav)]
    [InlineData(AudioContainer.Flac)]
    [InlineData(AudioContainer.Mp3)]
    [InlineData(AudioContainer.M4a)]
    [InlineData(AudioContainer.Ogg)]
    [InlineData(AudioContainer.Opus)]
    [Trait("Needs", "ffmpeg")]
    public void A_song_without_samples_becomes_stems_without_samples(AudioContainer container)
    {
        using TemporaryFolder folder = new();
        new AudioClip([[], []], 48000).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        SeparationResult result = Separate(folder, "song.wav", new SeparationSettings { Encoding = new AudioEncoding(container) });
        Assert.Equal(0, result.Samples);
        Assert.All(result.Files.Values, file => Assert.True(File.Exists(file)));
    }

    [Fact]
    public void A_quality_that_a_kind_does_not_have_is_refused()
    {
        Assert.Contains("192k", Assert.Throws<ArgumentException>(() => new AudioEncoding(AudioContainer.Opus, "best")).Message, StringComparison.Ordinal);
        Assert.Contains("q0 to q9", Assert.Throws<ArgumentException>(() => new AudioEncoding(AudioContainer.Mp3, "q11")).Message, StringComparison.Ordinal);
        Assert.Contains("none", Assert.Throws<ArgumentException>(() => new AudioEncoding(AudioContainer.Wav, "1")).Message, StringComparison.Ordinal);
    }

    private static SeparationResult Separate(TemporaryFolder folder, string song, SeparationSettings settings, float share = 0.5f)
    {
        SegmentNetwork network = IdentityNetwork.Create(48000, 2, 5000, 500, [share]);
        return new SongSeparator(network, settings).Separate(folder[song], stem => folder[$"{stem}.{settings.Encoding.Extension}"]);
    }

    private static Dictionary<string, string> Probe(string file)
    {
        string text = Run("ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "format_tags:stream_tags", "-of", "flat=s=|", "-i", file);
        Dictionary<string, string> tags = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string key = line[..equals].Split('|')[^1].ToLowerInvariant();
            tags.TryAdd(key, line[(equals + 2)..^1].Replace("\\\\", "\\", StringComparison.Ordinal));
        }

        return tags;
    }

    private static void Ffmpeg(params string[] arguments) => Run("ffmpeg", ["-nostdin", "-v", "error", "-y", .. arguments]);

    private static string Run(string program, params string[] arguments)
    {
        System.Diagnostics.ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true };
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!; // a missing program throws
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
