using System.Globalization;
using System.Text;
using Descant.Audio;

namespace Descant.Evaluation;

/// <summary>An item's v4 frames as museval's own JSON, for its <c>EvalStore.add_eval_dir</c> to read.</summary>
/// <remarks>
/// Written as museval 0.4.1 writes it, byte for byte: two spaces of indent, five decimals, infinite values as NaN, NaN
/// without quotes. <c>EvalStore</c> reads <c>DIR/test/**/*.json</c>; the subset is <c>train</c> where the item's folder says
/// so and <c>test</c> otherwise.
/// </remarks>
public static class MusevalJson
{
    /// <summary>The version of museval whose files these are.</summary>
    public const string Version = "0.4.1";

    private static readonly string[] Scores = ["SDR", "SIR", "SAR", "ISR"];

    /// <summary>Text of one item's file.</summary>
    /// <param name="item">An item with v4 frames.</param>
    /// <param name="version">What to name as museval's version.</param>
    /// <exception cref="ArgumentException">The item has no v4 frames.</exception>
    public static string Serialize(ItemScores item, string version = Version)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (!item.Frames.TryGetValue("v4", out Dictionary<string, FrameScores>? targets))
        {
            throw new ArgumentException($"museval: expected v4 frames of {item.Name}, got none; add v4 to the metrics");
        }

        StringBuilder text = new("{\n  \"targets\": [\n");
        int target = 0;
        foreach ((string name, FrameScores frames) in targets)
        {
            text.Append("    {\n      \"name\": \"").Append(Escape(name)).Append("\",\n      \"frames\": [\n");
            for (int frame = 0; frame < frames.Time.Length; frame++)
            {
                AppendFrame(text, frames, frame);
                text.Append(frame < frames.Time.Length - 1 ? "        },\n" : "        }\n");
            }

            target++;
            text.Append("      ]\n").Append(target < targets.Count ? "    },\n" : "    }\n");
        }

        return text.Append("  ],\n  \"museval_version\": \"").Append(version).Append("\"\n}").ToString();
    }

    /// <summary>Writes the files of a record under a folder.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(EvaluationRecord record, string folder)
    {
        ArgumentNullException.ThrowIfNull(record);
        List<string> paths = [];
        foreach (ItemScores item in record.Items)
        {
            string[] parts = item.Name.Split('/');
            string subset = Path.Combine(folder, parts[0] == "train" && parts.Length > 1 ? "train" : "test");
            string[] rest = parts.Length > 1 && parts[0] is "train" or "test" ? parts[1..] : parts;
            string path = Path.Combine([subset, .. rest[..^1], rest[^1] + ".json"]);
            using PendingFile file = new(path);
            File.WriteAllText(file.TemporaryPath, Serialize(item));
            file.Commit();
            paths.Add(path);
        }

        return paths;
    }

    private static void AppendFrame(StringBuilder text, FrameScores frames, int frame)
    {
        text.Append("        {\n          \"time\": ").Append(PythonFloat(frames.Time[frame]))
            .Append(",\n          \"duration\": ").Append(PythonFloat(frames.Duration))
            .Append(",\n          \"metrics\": {\n");
        for (int i = 0; i < Scores.Length; i++)
        {
            double value = frames.Scores[Scores[i]][frame];
            text.Append("            \"").Append(Scores[i]).Append("\": ")
                .Append(double.IsFinite(value) ? value.ToString("F5", CultureInfo.InvariantCulture) : "NaN")
                .Append(i < Scores.Length - 1 ? ",\n" : "\n");
        }

        text.Append("          }\n");
    }

    private static string PythonFloat(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) || text.Contains('E', StringComparison.Ordinal) ? text : text + ".0";
    }

    // As Python's json escapes by default: everything beyond ASCII.
    private static string Escape(string name)
    {
        StringBuilder text = new();
        foreach (char character in name)
        {
            _ = character switch
            {
                '"' or '\\' => text.Append('\\').Append(character),
                < ' ' or > '~' => text.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(character),
            };
        }

        return text.ToString();
    }
}
