using System.Text.Json;

namespace Descant.Audio;

/// <summary>Reads what <c>ffprobe</c> says about a file.</summary>
internal static class FfmpegProbe
{
    // Formats that only point at other files: decoding one would read files that the user did not name.
    private static readonly string[] s_playlists = ["hls", "concat", "dash", "imf", "mpl2", "image2", "lavfi"];

    /// <summary>Describes one audio stream of a file.</summary>
    /// <exception cref="InvalidDataException">No audio stream of that number, or a file that ffmpeg cannot read.</exception>
    /// <exception cref="ProgramStoppedException">ffprobe was stopped from outside.</exception>
    public static AudioStreamProperties Describe(string path, string name, int audioStream, FfmpegPrograms programs)
    {
        using ChildProcess probe = ChildProcess.Start(
            programs.Ffprobe,
            [
                "-v", "error", "-protocol_whitelist", "file,pipe", "-select_streams", "a",
                "-show_entries",
                "stream=codec_name,sample_fmt,sample_rate,channels,channel_layout,bits_per_sample,bits_per_raw_sample,duration,duration_ts,time_base:stream_tags:format=format_name,duration:format_tags",
                "-of", "json", "-i", "file:" + path,
            ],
            name);
        using MemoryStream json = new();
        probe.Output.CopyTo(json);
        int exitCode = probe.WaitForExit();
        if (FfmpegPrograms.WasStopped(exitCode))
        {
            throw new ProgramStoppedException($"{name}: ffprobe was stopped before it had read the file (exit code {exitCode}); try again, perhaps with more free memory");
        }

        if (exitCode != 0)
        {
            throw new InvalidDataException($"{name}: no audio that ffmpeg can read ({probe.FirstError(path)})");
        }

        using JsonDocument document = JsonDocument.Parse(json.ToArray());
        JsonElement root = document.RootElement;
        JsonElement format = root.TryGetProperty("format", out JsonElement f) ? f : default;
        string[] formatNames = FfprobeAnswer.Text(format, "format_name").Split(',');
        if (formatNames.Any(s_playlists.Contains))
        {
            throw new InvalidDataException($"{name}: expected audio, got a list of other files ({formatNames[0]}); name those files instead");
        }

        int streams = root.TryGetProperty("streams", out JsonElement s) ? s.GetArrayLength() : 0;
        if (streams == 0)
        {
            throw new InvalidDataException($"{name}: it holds no audio");
        }

        if (audioStream >= streams)
        {
            throw new InvalidDataException($"{name}: expected audio stream 0 to {streams - 1}, got {audioStream}");
        }

        JsonElement stream = s[audioStream];
        return FfprobeAnswer.Read(stream, format)
            ?? throw new InvalidDataException($"{name}: damaged audio, its sample rate or channel count is unknown");
    }
}
