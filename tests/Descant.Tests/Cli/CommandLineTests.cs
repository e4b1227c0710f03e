namespace Descant.Tests.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public void Help_is_printed_without_arguments_and_succeeds()
    {
        DescantProcess run = DescantProcess.Run();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("--help", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("separate", "song.wav", "--start", "1,5")]
    [InlineData("separate", "song.wav", "--duration", "0,5")]
    [InlineData("train", "vocals", "--minutes", "0,5")]
    [InlineData("serve", "--quota", "1,000")]
    [InlineData("evaluate", "a", "b", "--window", "inf")]
    public void A_number_is_written_with_a_point(params string[] arguments)
    {
        DescantProcess run = DescantProcess.Run(null, arguments, new Dictionary<string, string> { ["LC_ALL"] = "de_DE.UTF-8" });
        Assert.Equal(1, run.ExitCode);
        string line = Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith($"descant: {arguments[^2]}: expected a number such as 1.5, got '{arguments[^1]}'", line, StringComparison.Ordinal);
    }

    /// <summary>A terminal interrupts ffprobe along with us, and it may end first: no file is blamed for that.</summary>
    [Theory]
    [InlineData("inspect", "song.mp3")]
    [InlineData("separate", "song.mp3", "--model", "vocals-fast")]
    [InlineData("train", "vocals-fast", "--data", ".", "--out", "training")]
    public void An_interrupt_that_reaches_ffprobe_first_is_an_interrupt(params string[] arguments)
    {
        using TemporaryFolder folder = new();
        foreach (string file in new[] { "song.mp3", "songs/a/vocals.mp3", "songs/a/accompaniment.mp3" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllBytes(folder[file], [1, 2, 3]);
        }

        Directory.CreateDirectory(folder["bin"]);
        File.WriteAllText(folder["bin/ffprobe"], "#!/bin/sh\nparent=$PPID\n(sleep 0.2; kill -INT $parent) >/dev/null 2>&1 &\nexit 130\n");
        Audio.AudioFolder.Run("chmod", "+x", folder["bin/ffprobe"]);
        string path = folder["bin"] + ":" + Environment.GetEnvironmentVariable("PATH");
        DescantProcess run = DescantProcess.Run(folder.Path, arguments, new Dictionary<string, string> { ["PATH"] = path });
        Assert.Equal(130, run.ExitCode);
        Assert.Equal("descant: interrupted; nothing half-written was left behind", run.Error.TrimEnd('\n').Split('\n')[^1]);
        Assert.DoesNotContain("song.mp3:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_command_is_one_line_on_standard_error_and_exit_code_1()
    {
        DescantProcess run = DescantProcess.Run("seperate", "song.wav");
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Output);
        string line = Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("descant: ", line, StringComparison.Ordinal);
        Assert.Contains("seperate", line, StringComparison.Ordinal);
    }
}
