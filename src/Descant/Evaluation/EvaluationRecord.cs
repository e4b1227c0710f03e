namespace Descant.Evaluation;

/// <summary>A saved evaluation: one item, or the items of a data set, scored for one system.</summary>
public sealed class EvaluationRecord
{
    /// <summary>Name of the system whose estimates were scored.</summary>
    public required string System { get; init; }

    /// <summary>Whether the folders held several items.</summary>
    public required bool IsDataSet { get; init; }

    /// <summary>The scores, in the order of the items' names.</summary>
    public required IReadOnlyList<ItemScores> Items { get; init; }

    /// <summary>What did not match or could not be scored, one line each.</summary>
    public IReadOnlyList<string> Mismatches { get; init; } = [];

    /// <summary>Names of the metrics that any item has, in the catalogue's order.</summary>
    public IReadOnlyList<string> Metrics =>
        [.. MetricCatalog.Entries.Select(entry => entry.Name).Where(name => Items.Any(item => item.Metrics.ContainsKey(name)))];

    /// <summary>Names of the sources that any item has, in the order of their first appearance.</summary>
    public IReadOnlyList<string> Sources => [.. Items.SelectMany(item => item.Sources).Distinct()];
}
