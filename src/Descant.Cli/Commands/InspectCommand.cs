using System.CommandLine;
using System.Text;
using Descant.Audio;
using Descant.Evaluation.Reports;

namespace Descant.Cli.Commands;

/// <summary>Says what a file of audio is, and draws it.</summary>
internal sealed class InspectCommand : Command
{
    private readonly Argument<string> _file = new("file") { Description = "Any audio or video file." };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Draw waveform and spectrogram into this file: .svg or .png." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace the picture's file where it exists." };

    public InspectCommand()
        : base("inspect", "Print a file's format, length, peak and loudness, and draw its waveform and spectrogram.")
    {
        Add(_file);
        Add(_output);
        Add(_overwrite);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string? output = parsed.GetValue(_output);
        bool isPng = string.Equals(Path.GetExtension(output), ".png", StringComparison.OrdinalIgnoreCase);
        if (output is not null && !isPng && !string.Equals(Path.GetExtension(output), ".svg", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"inspect: expected a picture's name that ends in .svg or .png, got {output}");
        }

        if (output is not null && File.Exists(output) && !parsed.GetValue(_overwrite))
        {
            throw new IOException($"{output}: exists already; use --overwrite to replace it");
        }

        AudioInspection inspection = AudioInspection.Read(parsed.GetRequiredValue(_file));
        foreach (string fact in inspection.Facts())
        {
            parsed.InvocationConfiguration.Output.WriteLine(fact);
        }

        foreach (string warning in inspection.Warnings)
        {
            Console.Error.WriteLine($"descant: warning: {warning}");
        }

        if (output is not null)
        {
            using PendingFile file = new(output);
            File.WriteAllBytes(file.TemporaryPath, isPng ? inspection.Png() : Encoding.UTF8.GetBytes(inspection.Svg()));
            file.Commit();
            parsed.InvocationConfiguration.Output.WriteLine($"picture   {output}");
        }

        return CommandLine.Success;
    }
}
