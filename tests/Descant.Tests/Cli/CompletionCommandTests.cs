using System.Diagnostics;

namespace Descant.Tests.Cli;

public sealed class CompletionCommandTests
{
    [Theory]
    [InlineData("descant sep", "separate")]
    [InlineData("descant separate --for", "--format")]
    [InlineData("descant separate song.wav --format fl", "flac")]
    [InlineData("descant models ver", "verify")]
    public void Bash_completes_the_line(string line, string expected)
    {
        // The real shell runs the real script; `descant` is a function that starts this build.
        string program = Path.Combine(AppContext.BaseDirectory, "Descant.Cli.dll");
        string script = $"""
            descant() (dotnet '{program}' "$@")
            source <(descant completion bash)
            COMP_LINE='{line}'; COMP_POINT=${"{#COMP_LINE}"}
            _descant
            printf '%s\n' "${"{COMPREPLY[@]}"}"
            complete -p descant
            """;
        ProcessStartInfo start = new("bash", ["-c", script]) { RedirectStandardOutput = true };
        using Process bash = Process.Start(start)!; // a missing shell throws
        string[] words = bash.StandardOutput.ReadToEnd().TrimEnd('\n').Split('\n');
        Assert.Contains(expected, words);
        Assert.Equal("complete -o default -F _descant descant", words[^1]);
        Assert.DoesNotContain("train", words);
    }

    [Theory]
    [InlineData("zsh", "compdef _descant descant")]
    [InlineData("fish", "complete -c descant")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public void Every_shell_has_its_script(string shell, string expected)
    {
        DescantProcess run = DescantProcess.Run("completion", shell);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("words", DescantProcess.Run("completion", "--help").Output, StringComparison.Ordinal);
    }
}
