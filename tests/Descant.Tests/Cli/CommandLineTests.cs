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
