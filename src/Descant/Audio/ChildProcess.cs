using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Descant.Audio;

/// <summary>A program started without a shell, its output read as bytes and its first complaint remembered.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    private const int MillisecondsToExit = 10_000;
    private readonly Process _process;
    private readonly Lock _lock = new();
    private string? _firstError;

    private ChildProcess(Process process)
    {
        _process = process;
    }

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <param name="program">Name on the PATH, or path.</param>
    /// <param name="arguments">Passed one by one: nothing is ever quoted, split or expanded.</param>
    /// <param name="name">The audio file, for the message when the program is missing.</param>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, string name)
    {
        ProcessStartInfo start = new(program)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process;
        try
        {
            process = Process.Start(start) ?? throw new UnreachableException("Process.Start reused a process");
        }
        catch (Win32Exception error)
        {
            throw new InvalidDataException(
                $"{name}: reading anything but WAV needs the program {program}, which was not found; install it with: {FfmpegPrograms.InstallCommand}",
                error);
        }

        ChildProcess child = new(process);
        process.StandardInput.Close();
        process.ErrorDataReceived += (_, line) => child.Remember(line.Data);
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits for the end after the output was read to its end; a program that lingers is ended.</summary>
    public int WaitForExit()
    {
        if (!_process.WaitForExit(MillisecondsToExit))
        {
            _process.Kill();
        }

        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>The first line that the program complained with, without the file's path.</summary>
    public string FirstError(string path)
    {
        lock (_lock)
        {
            string message = _firstError ?? $"exit code {_process.ExitCode}";
            return AudioReader.OneLine(Origin().Replace(message.Replace("file:" + path + ": ", "", StringComparison.Ordinal), ""));
        }
    }

    public bool HasComplained
    {
        get
        {
            lock (_lock)
            {
                return _firstError is not null;
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    // ffmpeg names the part of it that complains and its address in memory, [mov,mp4 @ 0x55…], which tell a user nothing.
    [GeneratedRegex(@"^\[[^\]]* @ 0x[0-9a-f]+\] ")]
    private static partial Regex Origin();

    private void Remember(string? line)
    {
        lock (_lock)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                _firstError ??= line;
            }
        }
    }
}
