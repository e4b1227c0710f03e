using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Descant.Tests.Cli;

/// <summary>One run of the built command line in a process of its own.</summary>
internal sealed record DescantProcess(int ExitCode, string Output, string Error)
{
    /// <summary>Runs <c>descant</c> with these arguments and waits at most three minutes: the machine may be busy with everything else that is tested.</summary>
    public static DescantProcess Run(params string[] arguments) => Run(null, arguments);

    /// <summary>Runs it in a working directory.</summary>
    public static DescantProcess Run(string? workingDirectory, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using Process process = Start(workingDirectory, arguments, environment);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"descant {string.Join(' ', arguments)} did not end within three minutes.");
        }

        return new DescantProcess(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Starts it and leaves it running.</summary>
    public static Process Start(string? workingDirectory, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        // Whoever runs the tests in the background may have them ignore interrupts, and children inherit that.
        ProcessStartInfo start = new("env")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = workingDirectory ?? Checkout.Root,
        };
        start.Environment["DESCANT_DEBUG"] = "";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        start.ArgumentList.Add("--default-signal=INT");
        // By its path: a test may take every program away.
        start.ArgumentList.Add(Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet")));
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Descant.Cli.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        process.StandardInput.Close();
        return process;
    }
}
