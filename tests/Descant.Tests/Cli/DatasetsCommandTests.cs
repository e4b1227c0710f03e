using Descant.Audio;
using Descant.Datasets;
using Descant.Tests.Audio;
using Descant.Tests.Datasets;

namespace Descant.Tests.Cli;

/// <summary><c>descant datasets</c>, and how bad data stops <c>descant train</c>.</summary>
public sealed class DatasetsCommandTests
{
    [Fact]
    public void A_check_counts_and_names_every_bad_file()
    {
        using StandIn set = new();
        Assert.All(new[] { "one", "two", "three", "four" }, song => Assert.All(
            new[] { "vocals", "drums" }, stem => set.Write($"{song}/{stem}.wav", seconds: 0.5)));
        DescantProcess good = DescantProcess.Run("datasets", "check", set.Root, "--as", "Stems");
        Assert.True(good.ExitCode == 0, good.Error);
        Assert.Contains("4 tracks", good.Output, StringComparison.Ordinal);
        Assert.Contains("duration: 0:02.0", good.Output, StringComparison.Ordinal);
        Assert.Contains("44100 Hz", good.Output, StringComparison.Ordinal);

        Spoil(set);
        DescantProcess bad = DescantProcess.Run("datasets", "check", set.Root, "--as", "stems");
        Assert.Equal(1, bad.ExitCode);
        string[] lines = bad.Error.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, line => line.Contains("one/vocals.wav", StringComparison.Ordinal) && line.Contains("truncated", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("two/vocals.wav", StringComparison.Ordinal) && line.Contains("NaN at sample 7", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("three/vocals.wav", StringComparison.Ordinal) && line.Contains("22050 Hz", StringComparison.Ordinal));
    }

    [Fact]
    public void A_check_names_every_missing_file_and_says_what_the_published_set_has_more()
    {
        using StandIn set = new();
        foreach (string song in new[] { "051 - A - B", "052 - C - D", "053 - E - F" })
        {
            set.Write($"Mixtures/Dev/{song}/mixture.wav");
            Assert.All(new[] { "vocals", "drums", "bass", "other" }, stem => set.Write($"Sources/Dev/{song}/{stem}.wav"));
        }

        DescantProcess good = DescantProcess.Run("datasets", "check", set.Root);
        Assert.True(good.ExitCode == 0, good.Error);
        Assert.Contains("dsd100: DSD100, 3 of 100 tracks", good.Output, StringComparison.Ordinal);
        Assert.Contains("absent:   97 tracks", good.Output, StringComparison.Ordinal);

        File.Delete(set.Path("Sources/Dev/051 - A - B/other.wav"));
        File.Delete(set.Path("Sources/Dev/052 - C - D/other.wav"));
        File.Delete(set.Path("Mixtures/Dev/052 - C - D/mixture.wav"));
        set.Write("Sources/Dev/052 - C - D/bass.wav", rate: 22050);
        foreach (string[] how in new string[][] { [], ["--headers-only"] })
        {
            DescantProcess bad = DescantProcess.Run(["datasets", "check", set.Root, .. how]);
            Assert.Equal(1, bad.ExitCode);
            string[] lines = bad.Error.TrimEnd().Split('\n');
            Assert.Equal(4, lines.Length);
            Assert.Contains("051 - A - B/other.wav': missing; get", lines[0], StringComparison.Ordinal);
            Assert.Contains("052 - C - D/mixture.wav': missing; get", lines[1], StringComparison.Ordinal);
            Assert.Contains("052 - C - D/other.wav': missing; get", lines[2], StringComparison.Ordinal);
            Assert.Contains("052 - C - D/bass.wav': expected 44100 Hz", lines[3], StringComparison.Ordinal);
            Assert.Contains("3 of 100 tracks", bad.Output, StringComparison.Ordinal);
            Assert.Contains("4 problems", bad.Output, StringComparison.Ordinal);
        }

        Assert.Contains("051 - A - B/other.wav' is missing (missing files: 3; ", RefusedTraining(set), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one/vocals.wav", "truncated")]
    [InlineData("two/vocals.wav", "NaN")]
    [InlineData("three/vocals.wav", "Hz")]
    public void Bad_data_stops_a_training_with_the_file_named(string file, string what)
    {
        using StandIn set = new();
        set.Write("one/vocals.wav", seconds: 0.5);
        set.Write("two/vocals.wav", seconds: 0.5);
        set.Write("three/vocals.wav", seconds: 0.5);
        set.Write("one/drums.wav", seconds: 0.5);
        set.Write("two/drums.wav", seconds: 0.5);
        set.Write("three/drums.wav", seconds: 0.5);
        Spoil(set, file);
        string error = RefusedTraining(set);
        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.Contains(what, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("22050 Hz")]
    [Trait("Needs", "ffmpeg")]
    public void Bad_files_that_are_no_WAV_stop_a_training_and_a_decoding_too(string what)
    {
        using StandIn set = new();
        foreach (string song in new[] { "one", "two" })
        {
            Assert.All(new[] { "vocals", "drums", "bass" }, stem => set.Write($"{song}/{stem}.wav", seconds: 2));
        }

        string wav = set.Path("two/vocals.wav"), flac = set.Path("two/vocals.flac");
        AudioFolder.Ffmpeg(["-i", wav, .. what == "truncated" ? Array.Empty<string>() : ["-ar", "22050"], flac]);
        File.Delete(wav);
        if (what == "truncated")
        {
            File.WriteAllBytes(flac, File.ReadAllBytes(flac)[..^5000]);
        }

        string recipe = set.WriteText("tiny.yaml", "network: s0-tiny\nbudget: { steps: 1 }");
        DescantProcess train = DescantProcess.Run("train", recipe, "--data", set.Root, "--cache", set.Path("cache"), "--out", set.Path("out"));
        DescantProcess decode = DescantProcess.Run("datasets", "decode", set.Root, "--cache", set.Path("cache-2"));
        foreach (DescantProcess run in new[] { train, decode })
        {
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("two/vocals.flac", run.Error, StringComparison.Ordinal);
            Assert.Contains(what == "truncated" ? "damaged" : what, run.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(set.Path("out")));
    }

    [Theory]
    [InlineData("train/A - B/vocals.wav", "is missing")]
    [InlineData("train/A - B/drums.wav", "stereo")]
    public void A_published_set_that_lacks_a_stem_or_a_channel_stops_a_training(string file, string what)
    {
        using StandIn set = new();
        foreach (string song in new[] { "train/A - B", "train/Actions - One Minute Smile", "test/C - D" })
        {
            Assert.All(new[] { "mixture", "vocals", "drums", "bass", "other" }, stem => set.Write($"{song}/{stem}.wav", seconds: 0.1));
        }

        if (what == "stereo")
        {
            set.Write(file, seconds: 0.1, frequencies: [440]);
        }
        else
        {
            File.Delete(set.Path(file));
        }

        string error = RefusedTraining(set);
        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.Contains(what, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_has_every_set_with_licence_and_citation()
    {
        DescantProcess list = DescantProcess.Run("datasets", "list");
        Assert.Equal(0, list.ExitCode);
        Assert.All(
            new[] { "mir-1k", "ikala", "medleydb", "musdb18", "musdb18-hq", "dsd100", "ccmixter", "stems" },
            name => Assert.Contains(name + " ", list.Output, StringComparison.Ordinal));
        Assert.Equal(DatasetCatalog.Entries.Count, list.Output.Split("citation: ").Length - 1);
        Assert.Contains("MUSDB18", DescantProcess.Run("datasets", "check", Path.GetTempPath(), "--as", "MUSDB18").Error, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The one line with which a training on a set ends before it has made anything.</summary>
    private static string RefusedTraining(StandIn set)
    {
        string recipe = set.WriteText("tiny.yaml", "network: s0-tiny\nbudget: { steps: 1 }");
        DescantProcess run = DescantProcess.Run("train", recipe, "--data", set.Root, "--cache", set.Path("cache"), "--out", set.Path("out"));
        Assert.Equal(1, run.ExitCode);
        Assert.False(Directory.Exists(set.Path("out")));
        return Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    private static void Spoil(StandIn set, string? only = null)
    {
        if (only is null or "one/vocals.wav")
        {
            string cut = set.Path("one/vocals.wav");
            File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..10_000]);
        }

        if (only is null or "two/vocals.wav")
        {
            float[] samples = StandIn.Tone(440, StandIn.Rate, 0.5);
            samples[7] = float.NaN;
            set.Write("two/vocals.wav", [samples, samples], format: SampleFormat.FloatingPoint32);
        }

        if (only is null or "three/vocals.wav")
        {
            set.Write("three/vocals.wav", rate: 22050, seconds: 0.5);
        }
    }
}
