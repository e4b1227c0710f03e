using Descant.Metrics.BssEval;

namespace Descant.Evaluation.ItemMetrics;

/// <summary>Writes down which estimate was taken for which source, where that was a choice.</summary>
internal static class PermutationReport
{
    public static void Write(ItemScores scores, string metric, ItemContext context, BssEvalResult result)
    {
        if (!context.Options.Permute)
        {
            return;
        }

        Dictionary<string, string> taken = [];
        for (int source = 0; source < context.Sources.Count; source++)
        {
            taken[context.Sources[source]] = context.Sources[result.Permutation()[source]];
        }

        scores.Permutations[metric] = taken;
    }

    /// <summary>Notes estimates that fit other references than those of their names, where they were not permuted.</summary>
    public static void Note(ItemScores scores, string metric, ItemContext context, BssEvalSources sources)
    {
        if (context.Options.Permute || context.Sources.Count > BestAssignment.MostSources)
        {
            return;
        }

        IReadOnlyList<int> best = sources.BestPermutation();
        string[] other = [.. Enumerable.Range(0, best.Count).Where(source => best[source] != source)
            .Select(source => $"{context.Sources[best[source]]} for {context.Sources[source]}")];
        if (other.Length > 0)
        {
            scores.Notes.Add($"{metric}: by SIR the estimates fit the references in another order ({string.Join(", ", other)}); scored by name, --permute scores the best order");
        }
    }
}
