using System.Globalization;
using static Descant.Evaluation.Reports.ReportText;

namespace Descant.Evaluation.Reports;

/// <summary>Tables of scores.</summary>
internal static class ReportTables
{
    /// <summary>The numbers over all songs, each with its definition.</summary>
    public static void WriteAggregates(TextWriter page, EvaluationRecord record, MetricEntry entry)
    {
        AggregateRow[] rows =
        [
            .. from source in record.Sources
               from score in entry.Scores
               from row in Aggregation.Compute(record.Items, entry.Name, source, score)
               select row,
        ];
        page.Write($"<h3>{Escape(entry.Name)}: {Escape(entry.Title)}</h3>\n<div class=\"scroll\"><table><thead><tr><th>definition</th><th class=\"text\">source</th>{string.Concat(entry.Scores.Select(score => $"<th>{Escape(score)}</th>"))}<th>of</th></tr></thead><tbody>\n");
        foreach (AggregateDefinition definition in Aggregation.Definitions)
        {
            foreach (IGrouping<string, AggregateRow> source in rows.Where(row => row.Definition == definition.Name).GroupBy(row => row.Source))
            {
                string cells = string.Concat(entry.Scores.Select(score => $"<td>{(source.FirstOrDefault(row => row.Score == score) is { } row ? Number(row.Value) : string.Empty)}</td>"));
                page.Write($"<tr><td title=\"{Escape(definition.Meaning)}\">{Escape(definition.Name)}</td><td class=\"text\">{Escape(source.Key)}</td>{cells}<td>{source.First().Count}</td></tr>\n");
            }
        }

        page.Write("</tbody></table></div>\n");
        WriteGroups(page, record, entry);
    }

    /// <summary>Every song's scores.</summary>
    public static void WriteItems(TextWriter page, EvaluationRecord record, MetricEntry entry)
    {
        bool hasActive = record.Items.Any(item => item.Active.ContainsKey(entry.Name));
        string active = hasActive ? "<th title=\"frames whose reference lies less than 60 dB below its loudest\">SDR, active frames</th><th>active</th><th>silent</th>" : string.Empty;
        page.Write($"<h3>{Escape(entry.Name)}: {Escape(entry.Title)}</h3>\n<div class=\"scroll\"><table><thead><tr><th>song</th><th class=\"text\">source</th>{string.Concat(entry.Scores.Select(score => $"<th>{Escape(score)}</th>"))}{active}</tr></thead><tbody>\n");
        foreach (ItemScores item in record.Items)
        {
            foreach ((string source, Dictionary<string, double> scores) in item.Metrics.GetValueOrDefault(entry.Name) ?? [])
            {
                string cells = string.Concat(entry.Scores.Select(score => $"<td>{(scores.TryGetValue(score, out double value) ? Number(value) : string.Empty)}</td>"));
                page.Write($"<tr><td>{Escape(item.Name)}</td><td class=\"text\">{Escape(source)}</td>{cells}{(hasActive ? ActiveCells(item, entry.Name, source) : string.Empty)}</tr>\n");
            }
        }

        page.Write("</tbody></table></div>\n");
    }

    // Data sets in folders (a folder for each singer, a folder for each subset) get a line for each.
    private static void WriteGroups(TextWriter page, EvaluationRecord record, MetricEntry entry)
    {
        IGrouping<string, ItemScores>[] groups = [.. record.Items.GroupBy(item => item.Group)];
        if (groups.Length < 2)
        {
            return;
        }

        bool hasActive = record.Items.Any(item => item.Active.ContainsKey(entry.Name));
        page.Write($"<div class=\"scroll\"><table><thead><tr><th>folder: median of its songs</th><th class=\"text\">source</th>{string.Concat(entry.Scores.Select(score => $"<th>{Escape(score)}</th>"))}{(hasActive ? "<th>SDR, active frames</th>" : string.Empty)}<th>of</th></tr></thead><tbody>\n");
        foreach (IGrouping<string, ItemScores> group in groups)
        {
            foreach (string source in record.Sources)
            {
                string cells = string.Concat(entry.Scores.Select(score => $"<td>{Number(Statistics.Median(group.Select(item => item.Find(entry.Name, source, score) ?? double.NaN)))}</td>"));
                string active = hasActive
                    ? $"<td>{Number(Statistics.Median(group.Select(item => item.Active.GetValueOrDefault(entry.Name)?.GetValueOrDefault(source)?.Scores["SDR"] ?? double.NaN)))}</td>"
                    : string.Empty;
                page.Write($"<tr><td>{Escape(group.Key.Length == 0 ? "(none)" : group.Key)}</td><td class=\"text\">{Escape(source)}</td>{cells}{active}<td>{group.Count()}</td></tr>\n");
            }
        }

        page.Write("</tbody></table></div>\n");
    }

    private static string ActiveCells(ItemScores item, string metric, string source)
    {
        ActiveScores? active = item.Active.GetValueOrDefault(metric)?.GetValueOrDefault(source);
        string count = active is null ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{active.Frames} of {active.Frames + active.LeftOut}");
        return $"<td>{(active is null ? string.Empty : Number(active.Scores["SDR"]))}</td><td>{count}</td><td>{item.SilentFrames.GetValueOrDefault(metric)}</td>";
    }
}
