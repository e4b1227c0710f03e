using Descant.Metrics.BssEval;

namespace Descant.Evaluation.ItemMetrics;

/// <summary>Writes down which estimate was taken for which source, where that was a choice.</summary>
internal static class PermutationReport
{
    public static void Write(ItemScores scores, string metric, ItemContext context, IReadOnlyList<int> permutation)
    {
        int[] all = [.. Enumerable.Range(0, context.Sources.Count)];
        Write(scores, metric, context, permutation, all, all);
    }

    /// <summary>Writes it down for a problem of some of the sources.</summary>
    /// <param name="scores">Where to write.</param>
    /// <param name="metric">The metric's name.</param>
    /// <param name="context">The item.</param>
    /// <param name="permutation">For each of the problem's sources its estimate.</param>
    /// <param name="members">The sources in the problem, in its order.</param>
    /// <param name="reported">Those whose scores it gives.</param>
    public static void Write(ItemScores scores, string metric, ItemContext context, IReadOnlyList<int> permutation, int[] members, int[] reported)
    {
        if (!context.Options.Permute)
        {
            return;
        }

        if (!scores.Permutations.TryGetValue(metric, out Dictionary<string, string>? taken))
        {
            scores.Permutations[metric] = taken = [];
        }

        List<string> other = [];
        foreach (int source in reported)
        {
            string name = context.Sources[source], estimate = context.Sources[members[permutation[Array.IndexOf(members, source)]]];
            taken[name] = estimate;
            if (estimate != name)
            {
                other.Add($"{estimate} for {name}");
            }
        }

        if (other.Count > 0)
        {
            scores.Notes.Add($"{metric}: scored in the order that fits best ({string.Join(", ", other)})");
        }
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
