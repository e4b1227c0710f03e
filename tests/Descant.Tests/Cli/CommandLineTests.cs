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
