using System.Diagnostics;

namespace Descant.Tests.Packaging;

/// <summary>One run of a program that must succeed.</summary>
internal static class DotnetRun
{
    /// <summary>The configuration that is being tested, as <c>dotnet -c</c> spells it.</summary>
    public static string Configuration { get; } = AppContext.BaseDirectory.Contains("debug", StringComparison.OrdinalIgnoreCase) ? "Debug" : "Release";

    /// <summary>Runs <c>dotnet</c> in a folder.</summary>
    public static string Dotnet(string folder, IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Run("dotnet", folder, environment, arguments);

    /// <summary>Runs a program in a folder and returns what it printed.</summary>
    /// <param name="program">The program.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="environment">Variables to set, or with null to remove.</param>
    /// <param name="arguments">Its arguments.</param>
    public static string Run(string program, string folder, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        // Test runners leave variables behind that make MSBuild take their SDK for its own.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        using Process process = Process.Start(start)!; // a missing program throws
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(20)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within twenty minutes");
        }

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output.Result}{error.Result}");
        return output.Result;
    }
}
