using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Descant.Audio;
using Descant.Evaluation;
using Spectre.Console;

namespace Descant.Cli.Commands;

/// <summary>Compares saved evaluations: which system is better, by how much, on which songs, and how surely.</summary>
internal sealed class CompareCommand : Command
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly Argument<string[]> _records = new("results")
    {
        Description = "Two or more files saved by descant evaluate --json.",
        Arity = new ArgumentArity(2, 100),
    };

    private readonly Option<string?> _metric = new("--metric") { Description = "Compare by this metric only." };

    private readonly Option<bool> _all = new("--all-scores") { Description = "Compare SIR, SAR and ISR too, not only SDR." };

    private readonly Option<bool> _items = new("--items") { Description = "Also print every song's difference." };

    private readonly Option<string?> _json = new("--json") { Description = "Write the comparison to this file." };

    public CompareCommand()
        : base("compare", "Compare saved evaluations of several systems with paired tests.")
    {
        Add(_records);
        Add(_metric);
        Add(_all);
        Add(_items);
        Add(_json);
        SetAction(Compare);
    }

    private int Compare(ParseResult parsed)
    {
        EvaluationRecord[] records = [.. parsed.GetRequiredValue(_records).Select(EvaluationJson.Load)];
        string[] names = [.. Distinct(parsed.GetRequiredValue(_records), records)];
        records = [.. records.Select((record, i) => new EvaluationRecord
        {
            System = names[i],
            IsDataSet = record.IsDataSet,
            Items = record.Items,
            Mismatches = record.Mismatches,
        })];
        IReadOnlyList<ComparisonRow> rows = SystemComparison.Compare(records, parsed.GetValue(_metric), parsed.GetValue(_all));
        IAnsiConsole console = TableConsole.On(parsed.InvocationConfiguration.Output);
        WriteScores(console, records, rows);
        WriteDifferences(console, rows);
        if (parsed.GetValue(_items))
        {
            WriteItems(console, rows);
        }

        if (parsed.GetValue(_json) is { } path)
        {
            using PendingFile file = new(path);
            File.WriteAllText(file.TemporaryPath, JsonSerializer.Serialize(rows.Select(row => new
            {
                row.First,
                row.Second,
                row.Metric,
                row.Source,
                row.Score,
                row.Better,
                MedianDifference = row.Median,
                MeanDifference = row.Mean,
                row.FirstWins,
                row.SecondWins,
                Items = row.Differences.Count,
                row.LeftOut,
                row.Unmatched,
                row.WilcoxonP,
                row.SignFlipP,
                Differences = row.Differences.ToDictionary(item => item.Item, item => item.Difference),
            }), Format));
            file.Commit();
        }

        return CommandLine.Success;
    }

    // Systems of one name are told apart by their files.
    private static IEnumerable<string> Distinct(string[] paths, EvaluationRecord[] records) => records.Select((record, i) =>
        records.Count(other => other.System == record.System) == 1 ? record.System : $"{record.System} ({paths[i]})");

    private static void WriteScores(IAnsiConsole console, EvaluationRecord[] records, IReadOnlyList<ComparisonRow> rows)
    {
        HashSet<string> shared = [.. records[0].Items.Select(item => item.Name)];
        foreach (EvaluationRecord record in records)
        {
            shared.IntersectWith(record.Items.Select(item => item.Name));
        }

        Table table = new() { Border = TableBorder.Simple, Title = new TableTitle($"median over the {shared.Count} items that all have") };
        table.AddColumn("metric");
        table.AddColumn("source");
        foreach (EvaluationRecord record in records)
        {
            table.AddColumn(new TableColumn(Markup.Escape(record.System)).RightAligned());
        }

        foreach ((string metric, string source, string score) in rows.Select(row => (row.Metric, row.Source, row.Score)).Distinct())
        {
            List<string> cells = [Markup.Escape($"{metric} {score}"), Markup.Escape(source)];
            cells.AddRange(records.Select(record => Number(
                Statistics.Median(record.Items.Where(item => shared.Contains(item.Name)).Select(item => item.Find(metric, source, score) ?? double.NaN)))));
            table.AddRow([.. cells]);
        }

        console.Write(table);
    }

    private static void WriteDifferences(IAnsiConsole console, IReadOnlyList<ComparisonRow> rows)
    {
        Table table = new()
        {
            Border = TableBorder.Simple,
            Title = new TableTitle("paired by item (Wilcoxon signed-rank test; sign-flip test of the mean; two-sided)"),
        };
        foreach (string heading in new[] { "score", "source", "better by median", "median", "mean", "items", "better : worse", "p Wilcoxon", "p sign flip" })
        {
            table.AddColumn(heading);
        }

        foreach (ComparisonRow row in rows)
        {
            table.AddRow(
                Markup.Escape($"{row.Metric} {row.Score}"),
                Markup.Escape(row.Source),
                Markup.Escape(row.Better is null ? "neither" : $"{row.Better} over {(row.Better == row.First ? row.Second : row.First)}"),
                Number(Math.Abs(row.Median)),
                Number(row.Better == row.Second ? -row.Mean : row.Mean),
                row.Differences.Count.ToString(CultureInfo.InvariantCulture),
                row.Better == row.Second ? $"{row.SecondWins} : {row.FirstWins}" : $"{row.FirstWins} : {row.SecondWins}",
                PValue(row.WilcoxonP),
                PValue(row.SignFlipP));
        }

        console.Write(table);
        int leftOut = rows.Sum(row => row.LeftOut);
        if (leftOut > 0)
        {
            console.MarkupLineInterpolated($"{leftOut} comparisons with an infinite or undefined score were left out");
        }

        int unmatched = rows.Max(row => row.Unmatched);
        if (unmatched > 0)
        {
            console.MarkupLineInterpolated($"up to {unmatched} items that only one of two systems has, or scores, were not compared");
        }
    }

    private static void WriteItems(IAnsiConsole console, IReadOnlyList<ComparisonRow> rows)
    {
        foreach (ComparisonRow row in rows)
        {
            Table table = new()
            {
                Border = TableBorder.Simple,
                Title = new TableTitle(Markup.Escape($"{row.Metric} {row.Score}, {row.Source}: {row.First} minus {row.Second}")),
            };
            table.AddColumn("item");
            table.AddColumn(new TableColumn("difference").RightAligned());
            foreach ((string item, double difference) in row.Differences.OrderByDescending(pair => pair.Difference))
            {
                table.AddRow(Markup.Escape(item), Number(difference));
            }

            console.Write(table);
        }
    }

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string PValue(double value) =>
        value < 0.0001 ? value.ToString("0.0e+0", CultureInfo.InvariantCulture) : value.ToString("F4", CultureInfo.InvariantCulture);
}
