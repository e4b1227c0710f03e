using System.Globalization;
using Descant.Evaluation;
using Spectre.Console;

namespace Descant.Cli.Commands;

/// <summary>Prints an evaluation: every item, the numbers over all of them with their definitions, and what was left out.</summary>
internal static class ScoreTables
{
    public static void Write(IAnsiConsole console, EvaluationRecord record)
    {
        foreach (string metric in record.Metrics)
        {
            MetricEntry entry = MetricCatalog.Find(metric);
            console.MarkupLineInterpolated($"[bold]{metric}[/]: {entry.Title}");
            console.Write(ItemTable(record, entry));
            if (record.IsDataSet)
            {
                console.Write(AggregateTable(record, entry));
            }

            WriteSilence(console, record, metric);
        }

        foreach (string note in record.Items.SelectMany(item => item.Notes.Select(note => record.IsDataSet ? $"{item.Name}: {note}" : note)).Distinct())
        {
            console.MarkupLineInterpolated($"note: {note}");
        }
    }

    private static Table ItemTable(EvaluationRecord record, MetricEntry entry)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn("item");
        table.AddColumn("source");
        foreach (string score in entry.Scores)
        {
            table.AddColumn(new TableColumn(score).RightAligned());
        }

        bool hasActive = record.Items.Any(item => item.Active.ContainsKey(entry.Name));
        if (hasActive)
        {
            table.AddColumn(new TableColumn("SDR, active frames").RightAligned());
            table.AddColumn(new TableColumn("frames").RightAligned());
        }

        foreach (ItemScores item in record.Items.Where(item => item.Metrics.ContainsKey(entry.Name)))
        {
            foreach ((string source, Dictionary<string, double> scores) in item.Metrics[entry.Name])
            {
                List<string> cells = [Markup.Escape(item.Name), Markup.Escape(source)];
                cells.AddRange(entry.Scores.Select(score => scores.TryGetValue(score, out double value) ? Number(value) : string.Empty));
                if (hasActive && item.Active[entry.Name].TryGetValue(source, out ActiveScores? active))
                {
                    cells.Add(Number(active.Scores["SDR"]));
                    cells.Add($"{active.Frames} of {active.Frames + active.LeftOut}");
                }

                table.AddRow([.. cells]);
            }
        }

        return table;
    }

    private static Table AggregateTable(EvaluationRecord record, MetricEntry entry)
    {
        Table table = new() { Border = TableBorder.Simple, Title = new TableTitle($"{entry.Name} over {record.Items.Count} items") };
        table.AddColumn("definition");
        table.AddColumn("source");
        foreach (string score in entry.Scores)
        {
            table.AddColumn(new TableColumn(score).RightAligned());
        }

        table.AddColumn(new TableColumn("of").RightAligned());
        foreach (string source in record.Sources)
        {
            AggregateRow[] rows = [.. entry.Scores.SelectMany(score => Aggregation.Compute(record.Items, entry.Name, source, score))];
            foreach (IGrouping<string, AggregateRow> definition in rows.GroupBy(row => row.Definition))
            {
                List<string> cells = [Markup.Escape(definition.Key), Markup.Escape(source)];
                cells.AddRange(entry.Scores.Select(score =>
                    definition.FirstOrDefault(row => row.Score == score) is { } row ? Number(row.Value) : string.Empty));
                cells.Add(definition.First().Count.ToString(CultureInfo.InvariantCulture));
                table.AddRow([.. cells]);
            }
        }

        return table;
    }

    private static void WriteSilence(IAnsiConsole console, EvaluationRecord record, string metric)
    {
        int silent = record.Items.Sum(item => item.SilentFrames.GetValueOrDefault(metric));
        int all = record.Items.Sum(item => item.Frames.GetValueOrDefault(metric)?.Values.FirstOrDefault()?.Time.Length ?? 0);
        if (all > 0)
        {
            console.MarkupLineInterpolated($"{silent} of {all} frames have a silent reference or estimate and no scores (museval's rule)");
        }

        console.WriteLine();
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "∞",
        double.NegativeInfinity => "−∞",
        double.NaN => "NaN",
        _ => value.ToString("F3", CultureInfo.InvariantCulture),
    };
}
