using Descant.Audio;
using Descant.Separation;

namespace Descant.Tests.Separation;

/// <summary>Stems in every kind of file, and the tags that travel with them.</summary>
public sealed class EncodedStemsTests
{
    [Theory]
    [InlineData(AudioContainer.Wav)]
    [InlineData(AudioContainer.Flac)]
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
    public void Tags_cover_and_gain_are_carried_over(AudioContainer container)
    {
        using TemporaryFolder folder = new();
        new AudioClip(IdentityNetwork.Noise(2, 48000, 1), 48000).SaveWav(folder["plain.wav"], SampleFormat.Pcm16);
        Ffmpeg("-f", "lavfi", "-i", "color=c=red:s=32x32:d=0.1", "-frames:v", "1", folder["cover.png"]);
        Ffmpeg(
            "-i", folder["plain.wav"], "-i", folder["cover.png"], "-map", "0:a", "-map", "1:v", "-c:a", "flac", "-c:v", "copy", "-disposition:v", "attached_pic",
            "-metadata", "title=Über; =#\\Song", "-metadata", "artist=你好", "-metadata", "album=A", "-metadata", "date=1999", folder["song.flac"]);
        SeparationResult result = Separate(folder, "song.flac", new SeparationSettings { Encoding = new AudioEncoding(container), ModelName = "test" }, share: 1.5f);
        Assert.InRange(result.Gain, 0.6, 0.7);
        using AudioReader reader = AudioReader.Open(result.Files["vocals"]);
        IReadOnlyDictionary<string, string> tags = Probe(result.Files["vocals"]);
        Assert.Equal("Über; =#\\Song", tags["title"]);
        Assert.Equal("你好", tags["artist"]);
        Assert.Equal("A", tags["album"]);
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
