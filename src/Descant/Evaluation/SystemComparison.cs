namespace Descant.Evaluation;

/// <summary>Compares saved evaluations item by item.</summary>
public static class SystemComparison
{
    /// <summary>Every pair of records by the first score of every metric and source that both have.</summary>
    /// <param name="records">At least two evaluations of the same items.</param>
    /// <param name="metric">Only this metric; null for all.</param>
    /// <param name="allScores">Whether all scores of a metric are compared, not only its first.</param>
    /// <exception cref="ArgumentException">Fewer than two records, or two that share no item, source and metric.</exception>
    public static IReadOnlyList<ComparisonRow> Compare(IReadOnlyList<EvaluationRecord> records, string? metric = null, bool allScores = false)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.Count < 2)
        {
            throw new ArgumentException($"compare: expected at least two evaluations, got {records.Count}; give two files saved by descant evaluate --json");
        }

        MetricEntry[] metrics = metric is null ? [.. MetricCatalog.Entries] : [MetricCatalog.Find(metric)];
        List<ComparisonRow> rows = [];
        for (int first = 0; first < records.Count; first++)
        {
            for (int second = first + 1; second < records.Count; second++)
            {
                int before = rows.Count;
                foreach (MetricEntry entry in metrics)
                {
                    foreach (string source in records[first].Sources.Intersect(records[second].Sources))
                    {
                        rows.AddRange(entry.Scores.Take(allScores ? entry.Scores.Count : 1)
                            .Select(score => Row(records[first], records[second], entry, source, score))
                            .Where(row => row.Differences.Count + row.LeftOut > 0));
                    }
                }

                if (rows.Count == before)
                {
                    throw new ArgumentException(
                        $"compare: expected evaluations of the same items, got none that {records[first].System} and {records[second].System} share; evaluate both against the same references");
                }
            }
        }

        return rows;
    }

    private static ComparisonRow Row(EvaluationRecord first, EvaluationRecord second, MetricEntry entry, string source, string score)
    {
        List<(string Item, double Difference)> differences = [];
        int leftOut = 0, inFirst = 0, inBoth = 0;
        Dictionary<string, ItemScores> others = second.Items.ToDictionary(item => item.Name);
        foreach (ItemScores item in first.Items)
        {
            if (item.Find(entry.Name, source, score) is not { } a)
            {
                continue;
            }

            inFirst++;
            if (others.GetValueOrDefault(item.Name)?.Find(entry.Name, source, score) is not { } b)
            {
                continue;
            }

            inBoth++;
            if (double.IsFinite(a) && double.IsFinite(b))
            {
                differences.Add((item.Name, a - b));
            }
            else
            {
                leftOut++;
            }
        }

        return new ComparisonRow
        {
            First = first.System,
            Second = second.System,
            Metric = entry.Name,
            Source = source,
            Score = score,
            Differences = differences,
            LeftOut = leftOut,
            Unmatched = inFirst + second.Items.Count(item => item.Find(entry.Name, source, score) is not null) - (2 * inBoth),
            HigherIsBetter = entry.HigherIsBetter,
        };
    }
}
