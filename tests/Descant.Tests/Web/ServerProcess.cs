using System.Diagnostics;
using System.Text;

namespace Descant.Tests.Web;

/// <summary>A server or worker as a process of its own, which can be killed as the kernel kills.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private ServerProcess(Process process)
    {
        _process = process;
    }

    public ApiClient Api { get; private set; } = new(new Uri("http://127.0.0.1/"));

    public int Id => _process.Id;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts <c>descant serve</c> or <c>descant worker</c> with a folder's data and waits until it listens.</summary>
    public static Task<ServerProcess> StartAsync(TemporaryFolder folder, string command, params string[] arguments) => StartAsync(
        folder, [command, "--data", folder["data"], "--urls", "http://127.0.0.1:0", .. arguments], new Dictionary<string, string>());

    /// <summary>Starts any command with variables and waits until it listens.</summary>
    /// <param name="folder">Holds its data.</param>
    /// <param name="command">The command and its arguments.</param>
    /// <param name="variables">Environment variables to set.</param>
    /// <param name="program">A published program; otherwise the one under test, without the page.</param>
    public static async Task<ServerProcess> StartAsync(TemporaryFolder folder, string[] command, IReadOnlyDictionary<string, string> variables, string? program = null)
    {
        WebServer.WriteModel(folder["models"]);
        ProcessStartInfo start = new(program ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder.Path,
        };
        start.Environment["DESCANT_MODELS"] = folder["models"];
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        string[] assembly = program is null ? [Path.Combine(AppContext.BaseDirectory, "Descant.Cli.dll")] : [];
        string[] page = program is null && command[0] == "serve" ? ["--no-page"] : [];
        foreach (string argument in assembly.Concat(command).Concat(["--threads", "1", .. page]))
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        ServerProcess server = new(process);
        TaskCompletionSource<string> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => server.Read(line.Data, listening);
        process.ErrorDataReceived += (_, line) => server.Read(line.Data, listening);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Task.WhenAny(listening.Task, process.WaitForExitAsync(), Task.Delay(WebServer.Patience));
        Assert.True(listening.Task.IsCompletedSuccessfully, $"{command[0]} did not start: {server.Log}");
        server.Api = new ApiClient(new Uri((await listening.Task).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)));
        return server;
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public void KillHard()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, as systemd and container engines stop.</summary>
    /// <returns>The exit code.</returns>
    public int Terminate()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
        kill.WaitForExit();
        Assert.True(_process.WaitForExit(WebServer.Patience), "it did not stop");
        _process.WaitForExit(); // the wait with a limit does not wait for the last lines
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        Api.Dispose();
        _process.Dispose();
    }

    private void Read(string? line, TaskCompletionSource<string> listening)
    {
        if (line is null)
        {
            return;
        }

        lock (_log)
        {
            _log.AppendLine(line);
        }

        if (line.StartsWith("Descant ", StringComparison.Ordinal) && line.IndexOf("http://", StringComparison.Ordinal) is >= 0 and int start)
        {
            listening.TrySetResult(line[start..].Split(' ', ';', ',')[0]);
        }
    }
}
