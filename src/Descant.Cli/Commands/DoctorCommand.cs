using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Descant.Audio;
using Descant.Models;

namespace Descant.Cli.Commands;

/// <summary>Says what is missing on this machine, and how to get it.</summary>
internal sealed class DoctorCommand : Command
{
    private readonly Option<bool> _fix = new("--fix") { Description = "Run the commands that install what is missing." };

    public DoctorCommand()
        : base("doctor", "Say what is missing on this machine, and the exact command that installs it.")
    {
        Add(_fix);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        string width = Vector512.IsHardwareAccelerated ? "512" : Vector256.IsHardwareAccelerated ? "256" : "128";
        output.WriteLine($"ok       {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} processors, {width}-bit vectors");
        bool isWell = CheckPrograms(output, parsed.GetValue(_fix));
        ModelLibrary library = ModelLibrary.OfThisMachine();
        if (library.List().ContainsKey(ModelLibrary.DefaultName))
        {
            output.WriteLine($"ok       model {ModelLibrary.DefaultName}: {library.Find(ModelLibrary.DefaultName)}");
        }
        else
        {
            output.WriteLine($"missing  model {ModelLibrary.DefaultName}; looked in {string.Join(", ", library.Folders)}; copy it there or run: descant models import FILE");
            isWell = false;
        }

        return isWell ? CommandLine.Success : CommandLine.Failure;
    }

    private static bool CheckPrograms(TextWriter output, bool fixes)
    {
        if (Report(output))
        {
            return true;
        }

        output.WriteLine($"         install them with: {FfmpegPrograms.InstallCommand}");
        if (!fixes)
        {
            return false;
        }

        string[] command = FfmpegPrograms.InstallCommand.Split(' ');
        if (command[0] == "sudo" && Environment.UserName == "root")
        {
            command = command[1..];
        }

        output.WriteLine($"+ {string.Join(' ', command)}");
        using Process? install = Process.Start(command[0], command[1..]);
        install?.WaitForExit();
        return Report(output);
    }

    private static bool Report(TextWriter output)
    {
        bool all = true;
        foreach (string program in new[] { "ffmpeg", "ffprobe" })
        {
            string? version = Version(program);
            output.WriteLine(version is null ? $"missing  {program}, which reads and writes everything but WAV" : $"ok       {version}");
            all &= version is not null;
        }

        return all;
    }

    private static string? Version(string program)
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(program, ["-version"]) { RedirectStandardOutput = true, RedirectStandardError = true });
            string? line = process?.StandardOutput.ReadLine();
            process?.StandardOutput.ReadToEnd();
            process?.WaitForExit();
            return line?.Split(" Copyright")[0];
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
