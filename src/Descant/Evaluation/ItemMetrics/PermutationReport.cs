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
}
