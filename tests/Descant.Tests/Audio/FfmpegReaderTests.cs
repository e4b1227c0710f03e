using Descant.Audio;

namespace Descant.Tests.Audio;

/// <summary>Decoding through ffmpeg, on files that ffmpeg makes from a synthesised WAV of known length.</summary>
public sealed class FfmpegReaderTests : IDisposable
{
    private const int Rate = 44100;
    private const int Length = 50_001;
    private readonly AudioFolder _folder = new();
    private readonly float[][] _sweeps = AudioFolder.Sweeps(2, Length, Rate);

    public FfmpegReaderTests() => new AudioClip(_sweeps, Rate).SaveWav(Source, SampleFormat.Pcm16);

    private string Source => _folder.File("source.wav");

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Flac_comes_back_bit_for_bit_with_its_tags()
    {
        string path = _folder.File("-o ☂ \"it's\" %d:x.flac");
        AudioFolder.Ffmpeg("-i", Source, "-metadata", "title=Große Fuge", "-f", "flac", "file:" + path);
        using AudioReader reader = AudioReader.Open(path);
        Assert.Equal(("flac", 16, false, 2, Rate), (reader.Properties.Codec, reader.Properties.BitDepth, reader.Properties.IsLossy, reader.Properties.Channels, reader.Properties.SampleRate));
        Assert.Equal(Length, reader.Properties.EstimatedSamples);
        Assert.Equal("Große Fuge", reader.Properties.Tags["title"]);
        Assert.Equal(AudioClip.Load(Source).Channels, AudioClip.ReadToEnd(reader).Channels);
        Assert.Empty(reader.Warnings);
    }

    [Fact]
    public void A_program_that_was_stopped_says_nothing_about_the_file()
    {
        string ffprobe = _folder.File("ffprobe"), song = _folder.File("song.mp3");
        File.WriteAllText(ffprobe, "#!/bin/sh\nkill -TERM $$\n");
        AudioFolder.Run("chmod", "+x", ffprobe);
        File.WriteAllBytes(song, [1, 2, 3]);
        ProgramStoppedException error = Assert.Throws<ProgramStoppedException>(() => AudioReader.Open(song, 0, new FfmpegPrograms("ffmpeg", ffprobe)));
        Assert.Contains("song.mp3: ffprobe was stopped before it had read the file (exit code 143)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mp3", "libmp3lame", Rate)]
    [InlineData("ogg", "libvorbis", Rate)]
    [InlineData("m4a", "aac", Rate)]
    [InlineData("opus", "libopus", 48000)]
    [Trait("Needs", "ffmpeg")]
    public void Lossy_files_have_the_exact_length_and_no_delay(string extension, string codec, int rate)
    {
        string wav = _folder.File("resampled.wav");
        AudioFolder.Ffmpeg("-i", Source, "-ar", rate.ToString(), wav);
        AudioClip truth = AudioClip.Load(wav);
        string path = _folder.File("a." + extension);
        AudioFolder.Ffmpeg("-i", wav, "-c:a", codec, "-b:a", "192k", path);
        using AudioReader reader = AudioReader.Open(path);
        Assert.True(reader.Properties.IsLossy);
        Assert.Equal(0, reader.Properties.BitDepth);
        AudioClip clip = AudioClip.ReadToEnd(reader);
        Assert.Equal(rate, clip.SampleRate);

        // ffmpeg 5's AAC decoder does not cut the last frame's padding from its own m4a files; the others are exact.
        int longest = extension == "m4a" ? truth.Samples + 1023 : truth.Samples;
        Assert.InRange(clip.Samples, truth.Samples, longest);

        // The codec's own error may be larger than that of one sample's shift, but it does not favour a shift.
        Assert.Equal(0, Enumerable.Range(-1100, 2201).MinBy(lag => Distance(clip, truth, lag)));
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Audio_streams_of_a_container_are_chosen_by_number()
    {
        string path = _folder.File("two.mka");
        AudioFolder.Ffmpeg(
            "-i", Source, "-filter_complex", "[0:a]pan=mono|c0=c0[l];[0:a]pan=mono|c0=c1[r]", "-map", "[l]", "-map", "[r]",
            "-c:a", "pcm_s16le", path);
        AudioClip source = AudioClip.Load(Source);
        Assert.Equal(source.Channels[0], AudioClip.Load(path).Channels[0]);
        Assert.Equal(source.Channels[1], AudioClip.Load(path, audioStream: 1).Channels[0]);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => AudioClip.Load(path, audioStream: 2));
        Assert.EndsWith("expected audio stream 0 to 1, got 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void A_video_gives_its_sound()
    {
        string path = _folder.File("video.mkv");
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "color=s=32x32:d=1", "-i", Source, "-c:a", "flac", path);
        Assert.Equal(AudioClip.Load(Source).Channels, AudioClip.Load(path).Channels);
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Codecs_inside_wav_that_are_no_plain_samples_go_to_ffmpeg()
    {
        string path = _folder.File("adpcm.wav");
        AudioFolder.Ffmpeg("-i", Source, "-c:a", "adpcm_ms", path);
        using AudioReader reader = AudioReader.Open(path);
        Assert.Equal("adpcm_ms", reader.Properties.Codec);
        Assert.InRange(AudioClip.ReadToEnd(reader).Samples, Length, Length + 4096);
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void A_cut_file_is_read_as_far_as_it_goes_with_a_warning()
    {
        string path = _folder.File("a.flac");
        AudioFolder.Ffmpeg("-i", Source, path);
        byte[] bytes = File.ReadAllBytes(path);
        using AudioReader reader = AudioReader.Open(_folder.Write("cut.flac", bytes[..(bytes.Length / 2)]));
        AudioClip clip = AudioClip.ReadToEnd(reader);
        Assert.InRange(clip.Samples, 10_000, Length - 1);
        Assert.Contains("damaged audio", Assert.Single(reader.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void What_is_no_audio_ends_in_one_line_that_names_the_file()
    {
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "color=s=32x32:d=1", "-frames:v", "1", _folder.File("picture.png"));
        _folder.Write("list.m3u8", [.. "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"u8, .. System.Text.Encoding.UTF8.GetBytes(Source), .. "\n#EXT-X-ENDLIST\n"u8]);
        _folder.Write("list.ffconcat", [.. "ffconcat version 1.0\nfile source.wav\n"u8]);
        _folder.Write("text.mp3", [.. "this is no music\nat all"u8]);
        byte[] noise = new byte[5000];
        new Random(3).NextBytes(noise);
        _folder.Write("noise.ogg", noise);
        foreach (string name in new[] { "picture.png", "list.m3u8", "list.ffconcat", "text.mp3", "noise.ogg", "absent.mp3", "" })
        {
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => AudioClip.Load(_folder.File(name)));
            Assert.StartsWith(_folder.File(name) + ": ", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Without_ffmpeg_the_message_says_how_to_install_it_and_wav_still_works()
    {
        FfmpegPrograms absent = new("/nowhere/ffmpeg", "/nowhere/ffprobe");
        Assert.Equal(Length, AudioClip.Load(Source, programs: absent).Samples);
        AudioFolder.Ffmpeg("-i", Source, _folder.File("a.flac"));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => AudioClip.Load(_folder.File("a.flac"), programs: absent));
        Assert.Contains(FfmpegPrograms.InstallCommand, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Abandoning_a_long_file_ends_the_child()
    {
        string path = _folder.File("long.flac");
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "sine=duration=600", path);
        using (AudioReader reader = AudioReader.Open(path))
        {
            Assert.True(reader.Read([new float[10]], 0, 10) > 0);
        }

        // The file can be replaced at once, also where an open handle forbids it.
        File.Delete(path);
    }

    private static double Distance(AudioClip clip, AudioClip truth, int lag)
    {
        double error = 0;
        for (int i = 4000; i < 8000; i++)
        {
            double difference = clip.Channels[0][i + lag] - truth.Channels[0][i];
            error += difference * difference;
        }

        return error;
    }
}
