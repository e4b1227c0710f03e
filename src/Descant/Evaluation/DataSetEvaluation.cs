using Descant.Tensors;

namespace Descant.Evaluation;

/// <summary>Scores matched items one after another.</summary>
public static class DataSetEvaluation
{
    /// <summary>
    /// Scores all items. In a data set an item that cannot be scored is written down among the mismatches and the others go
    /// on; a single item throws.
    /// </summary>
    /// <param name="matched">The items.</param>
    /// <param name="system">Name of the system whose estimates they are.</param>
    /// <param name="options">Metrics and windows.</param>
    /// <param name="pool">The threads to use.</param>
    /// <param name="progress">Told about every item when it is done.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="InvalidDataException">No item could be scored.</exception>
    public static EvaluationRecord Run(
        MatchedItems matched,
        string system,
        EvaluationOptions options,
        WorkerPool pool,
        IProgress<ItemScores>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(matched);
        List<string> mismatches = [.. matched.Mismatches];
        List<ItemScores> scores = [];
        foreach (EvaluationItem item in matched.Items)
        {
            try
            {
                ItemScores scored = ItemEvaluation.Run(item, options, pool, cancellation);
                scores.Add(scored);
                mismatches.AddRange(scored.Unscored.Select(line => $"{item.Name}: {line}"));
                progress?.Report(scored);
            }
            catch (Exception error) when (matched.IsDataSet && error is ArgumentException or InvalidDataException)
            {
                mismatches.Add($"{item.Name}: not scored: {error.Message}");
            }
        }

        return scores.Count > 0
            ? new EvaluationRecord { System = system, IsDataSet = matched.IsDataSet, Items = scores, Mismatches = mismatches }
            : throw new InvalidDataException($"evaluate: expected at least one item that can be scored, got none ({string.Join("; ", mismatches)})");
    }
}
