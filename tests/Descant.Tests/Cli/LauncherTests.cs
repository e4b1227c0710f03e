using System.Diagnostics;

namespace Descant.Tests.Cli;

/// <summary>The script <c>./descant</c>, with a stand-in for <c>dotnet</c> that tells what it was asked to run.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LauncherTests()
    {
        foreach (string file in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json", "src/a.cs", "artifacts/bin/Descant.Cli/release/Descant.Cli.dll" })
        {
            Write("checkout/" + file, "");
        }

        File.Copy(Path.Combine(Checkout.Root, "descant"), _folder["checkout/descant"]);
        Write("checkout/artifacts/launcher.stamp", ""); // newer than all sources: nothing to build
        Write("bin/dotnet", "#!/bin/sh\necho \"ran $*\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder["bin/dotnet"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData("checkout/descant", "HOME", null)]
    [InlineData("checkout/descant", "CDPATH", ".")]
    [InlineData("checkout/../checkout/descant", "DOTNET_ROOT", null)]
    public async Task It_starts_whatever_the_environment_holds(string script, string variable, string? value)
    {
        ProcessStartInfo start = new("bash", [script, "separate", "a song.wav"]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}";
        if (value is null)
        {
            start.Environment.Remove(variable);
        }
        else
        {
            start.Environment[variable] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", error);
        Assert.EndsWith("/checkout/artifacts/bin/Descant.Cli/release/Descant.Cli.dll separate a song.wav\n", await output, StringComparison.Ordinal);
        Assert.StartsWith("ran ", await output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
        File.WriteAllText(_folder[file], text);
    }
}
