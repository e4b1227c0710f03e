using System.Globalization;
using Descant.Audio;

namespace Descant.Evaluation.Reports;

/// <summary>Compressed sound for a page.</summary>
internal static class AudioExcerpt
{
    /// <summary>Seconds of an excerpt.</summary>
    public const int Seconds = 15;

    /// <summary>A player with the sound in it, as MP3 of 96 kbit/s.</summary>
    /// <param name="paths">The file, or the files that are summed.</param>
    /// <param name="start">First second; null for the whole file.</param>
    /// <param name="programs">Where ffmpeg is.</param>
    /// <param name="label">What it is, for screen readers.</param>
    /// <exception cref="InvalidDataException">ffmpeg is missing or fails.</exception>
    public static string Player(IReadOnlyList<string> paths, int? start, FfmpegPrograms programs, string label)
    {
        List<string> arguments = ["-nostdin", "-v", "error"];
        foreach (string file in paths)
        {
            if (start is { } second)
            {
                arguments.AddRange(
                    ["-ss", second.ToString(CultureInfo.InvariantCulture), "-t", Seconds.ToString(CultureInfo.InvariantCulture)]);
            }

            arguments.AddRange(["-i", "file:" + Path.GetFullPath(file)]);
        }

        string path = paths[0];
        string sum = string.Create(CultureInfo.InvariantCulture, $"amix=inputs={paths.Count}:normalize=0");
        arguments.AddRange(["-filter_complex", sum, "-c:a", "libmp3lame", "-b:a", "96k", "-f", "mp3", "pipe:1"]);
        using ChildProcess encoder = ChildProcess.Start(programs.Ffmpeg, arguments, path);
        using MemoryStream sound = new();
        encoder.Output.CopyTo(sound);
        if (encoder.WaitForExit() != 0)
        {
            throw new InvalidDataException($"{path}: cannot be put into the report ({encoder.FirstError(path)}); use --audio none");
        }

        return $"<audio controls preload=\"none\" aria-label=\"{label}\" src=\"data:audio/mpeg;base64,{Convert.ToBase64String(sound.GetBuffer(), 0, (int)sound.Length)}\"></audio>";
    }
}
