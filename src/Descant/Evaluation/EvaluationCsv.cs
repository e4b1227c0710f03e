using System.Globalization;
using System.Text;

namespace Descant.Evaluation;

/// <summary>A record as comma-separated values: one line for each item, source, metric and score.</summary>
public static class EvaluationCsv
{
    /// <summary>The text, with a line of headings; infinity and NaN as <c>Infinity</c> and <c>NaN</c>.</summary>
    public static string Serialize(EvaluationRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        StringBuilder text = new("system,item,source,metric,score,value,active_value,frames,active_frames,silent_frames,seconds\n");
        foreach (ItemScores item in record.Items)
        {
            foreach ((string metric, Dictionary<string, Dictionary<string, double>> sources) in item.Metrics)
            {
                foreach ((string source, Dictionary<string, double> scores) in sources)
                {
                    ActiveScores? active = item.Active.GetValueOrDefault(metric)?.GetValueOrDefault(source);
                    int? frames = item.Frames.GetValueOrDefault(metric)?.GetValueOrDefault(source)?.Time.Length;
                    int? silent = item.SilentFrames.TryGetValue(metric, out int count) ? count : null;
                    foreach ((string score, double value) in scores)
                    {
                        string[] cells =
                        [
                            Quote(record.System),
                            Quote(item.Name),
                            Quote(source),
                            metric,
                            score,
                            Number(value),
                            active is not null && active.Scores.TryGetValue(score, out double activeValue) ? Number(activeValue) : string.Empty,
                            Count(frames),
                            Count(active?.Frames),
                            Count(silent),
                            Number(item.Seconds),
                        ];
                        text.AppendJoin(',', cells).Append('\n');
                    }
                }
            }
        }

        return text.ToString();
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Count(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;

    private static string Quote(string text) =>
        text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
