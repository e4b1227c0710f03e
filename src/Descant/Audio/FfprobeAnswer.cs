using System.Globalization;
using System.Text.Json;

namespace Descant.Audio;

/// <summary>What <c>ffprobe -of json</c> answers, whoever asked and under whatever limits.</summary>
internal static class FfprobeAnswer
{
    private static readonly HashSet<string> s_losslessCodecs =
        ["flac", "alac", "ape", "tta", "tak", "wavpack", "mlp", "truehd", "shorten", "mp4als", "wmalossless", "ralf"];

    /// <summary>The properties of an audio stream; null where its rate or channel count is unknown.</summary>
    /// <param name="stream">One of the answer's streams.</param>
    /// <param name="format">The answer's format, or nothing.</param>
    public static AudioStreamProperties? Read(JsonElement stream, JsonElement format)
    {
        int rate = Number(stream, "sample_rate");
        int channels = Number(stream, "channels");
        if (rate <= 0 || channels <= 0)
        {
            return null;
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

    /// <summary>A property as text; empty where there is none.</summary>
    public static string Text(JsonElement owner, string property) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(property, out JsonElement value) ? value.ToString() : "";

    private static int Number(JsonElement owner, string property) =>
        int.TryParse(Text(owner, property), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : 0;

    private static void AddTags(JsonElement owner, Dictionary<string, string> tags)
    {
        if (owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty("tags", out JsonElement list))
        {
            foreach (JsonProperty tag in list.EnumerateObject())
            {
                tags.TryAdd(tag.Name.ToLowerInvariant(), tag.Value.ToString());
            }
        }
    }
}
