using Descant.Tests.Evaluation;

namespace Descant.Tests.Cli;

/// <summary>Options of evaluate as a user gives them.</summary>
public sealed class EvaluateCommandTests
{
    [Fact]
    public void No_threads_are_one_for_each_processor()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        DescantProcess run = DescantProcess.Run(folders.Root, ["evaluate", "ref", "est", "--metrics", "si-sdr", "--threads", "0"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("11.907", run.Output, StringComparison.Ordinal); // the golden SI-SDR of these vocals
    }

    [Fact]
    public void Museval_s_files_without_v4_are_refused_before_anything_is_scored()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        DescantProcess run = DescantProcess.Run(folders.Root, ["evaluate", "ref", "est", "--metrics", "si-sdr", "--museval", "out"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains("add v4 to --metrics, got si-sdr", Assert.Single(run.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
