using System.Globalization;
using System.Text.Json;

namespace Descant.Audio;

/// <summary>Reads what <c>ffprobe</c> says about a file.</summary>
internal static class FfmpegProbe
{
    // Formats that only point at other files: decoding one would read files that the user did not name.
    private static readonly string[] s_playlists = ["hls", "concat", "dash", "imf", "mpl2", "image2", "lavfi"];

    private static readonly HashSet<string> s_losslessCodecs =
        ["flac", "alac", "ape", "tta", "tak", "wavpack", "mlp", "truehd", "shorten", "mp4als", "wmalossless", "ralf"];

    /// <summary>Describes one audio stream of a file.</summary>
    /// <exception cref="InvalidDataException">No audio stream of that number, or a file that ffmpeg cannot read.</exception>
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
        if (exitCode != 0)
        {
            throw new InvalidDataException($"{name}: no audio that ffmpeg can read ({probe.FirstError(path)})");
        }

        using JsonDocument document = JsonDocument.Parse(json.ToArray());
        JsonElement root = document.RootElement;
        JsonElement format = root.TryGetProperty("format", out JsonElement f) ? f : default;
        string[] formatNames = Text(format, "format_name").Split(',');
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
        int rate = Number(stream, "sample_rate");
        int channels = Number(stream, "channels");
        if (rate <= 0 || channels <= 0)
        {
            throw new InvalidDataException($"{name}: damaged audio, its sample rate or channel count is unknown");
        }

        string codec = Text(stream, "codec_name");
        bool lossless = (codec.StartsWith("pcm_", StringComparison.Ordinal) && codec is not ("pcm_alaw" or "pcm_mulaw" or "pcm_vidc"))
            || s_losslessCodecs.Contains(codec);
        int depth = Number(stream, "bits_per_raw_sample") is > 0 and int raw ? raw : Number(stream, "bits_per_sample");
        string duration = Text(stream, "duration") is { Length: > 0 } own ? own : Text(format, "duration");
        bool hasDuration = double.TryParse(duration, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && seconds is >= 0 and < 1e9;
        Dictionary<string, string> tags = [];
        AddTags(format, tags);
        AddTags(stream, tags);
        return new AudioStreamProperties
        {
            SampleRate = rate,
            Channels = channels,
            EstimatedSamples = hasDuration ? (long)Math.Round(seconds * rate) : null,
            BitDepth = !lossless ? 0 : depth > 0 ? depth : 16,
            IsFloat = lossless && Text(stream, "sample_fmt") is "flt" or "fltp" or "dbl" or "dblp",
            IsLossy = !lossless,
            Codec = codec,
            Layout = Text(stream, "channel_layout") is { Length: > 0 } layout && layout != "unknown" ? layout : null,
            Tags = tags,
        };
    }

    private static void AddTags(JsonElement owner, Dictionary<string, string> tags)
    {
        if (owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty("tags", out JsonElement list))
        {
            return;
        }

        foreach (JsonProperty tag in list.EnumerateObject())
        {
            tags.TryAdd(tag.Name.ToLowerInvariant(), tag.Value.ToString());
        }
    }

    private static string Text(JsonElement owner, string property) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(property, out JsonElement value) ? value.ToString() : "";

    private static int Number(JsonElement owner, string property) =>
        int.TryParse(Text(owner, property), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : 0;
}
