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
        try
        {
            ModelCard model = ModelCard.Read(library.FindDefault());
            output.WriteLine($"ok       model {model.Name}: {model.Path} (licence: {model.Licence})");
        }
        catch (Exception error) when (error is ArgumentException or InvalidDataException)
        {
            output.WriteLine($"missing  model {ModelLibrary.DefaultName}: {ErrorLine.Message(error)}; looked in {string.Join(", ", library.Folders)}; run: descant models import FILE");
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
        try
        {
            using Process? install = Process.Start(command[0], command[1..]);
            install?.WaitForExit();
        }
        catch (Win32Exception)
        {
            output.WriteLine($"missing  {command[0]}, which would install them; install them by hand (https://ffmpeg.org/download.html)");
        }

        return Report(output);
    }

    private static bool Report(TextWriter output)
    {
        bool all = true;
        foreach (string program in new[] { "ffmpeg", "ffprobe" })
        {
            string? version = Ask(program, "-version")?.Split('\n')[0].Split(" Copyright")[0];
            output.WriteLine(version is null ? $"missing  {program}, which reads and writes everything but WAV" : $"ok       {version}");
            all &= version is not null;
        }

        // Some distributions ship an ffmpeg without these.
        string[] encoders = ["flac", "libmp3lame", "aac", "libvorbis", "libopus"];
        if (Ask("ffmpeg", "-hide_banner", "-encoders") is { } list)
        {
            string[] known = [.. list.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1).Select(words => words[1])];
            string[] missing = [.. encoders.Except(known)];
            output.WriteLine(missing.Length == 0 ? $"ok       encoders {string.Join(", ", encoders)}" : $"missing  encoders {string.Join(", ", missing)}: this ffmpeg cannot write all formats");
            all &= missing.Length == 0;
        }

        return all;
    }

    /// <summary>What a program prints, or null where it is not there.</summary>
    internal static string? Ask(string program, params string[] arguments)
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            process?.BeginErrorReadLine();
            string? output = process?.StandardOutput.ReadToEnd();
            process?.WaitForExit();
            return output;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
