namespace Descant.Metrics.BssEval;

/// <summary>The assignment of estimates to references with the largest sum of scores.</summary>
internal static class BestAssignment
{
    /// <summary>Beyond this the table of all subsets takes too much memory.</summary>
    public const int MostSources = 16;

    /// <summary>For each reference its estimate; the first in lexicographic order among equals.</summary>
    /// <param name="scores"><c>scores[reference, estimate]</c>, square; NaN counts as the worst.</param>
    public static int[] Of(double[,] scores)
    {
        int count = scores.GetLength(0);
        if (count > MostSources)
        {
            throw new ArgumentException(
                $"permutation of estimates: expected at most {MostSources} sources, got {count}; score them in the given order instead",
                nameof(scores));
        }

        // best[used] is the largest sum that the references from popcount(used) on can reach with the estimates left.
        double[] best = new double[1 << count];
        int[] choice = new int[1 << count];
        for (int used = (1 << count) - 2; used >= 0; used--)
        {
            int reference = int.PopCount(used);
            best[used] = double.NegativeInfinity;
            choice[used] = int.TrailingZeroCount(~used);
            for (int estimate = 0; estimate < count; estimate++)
            {
                if ((used & (1 << estimate)) != 0)
                {
                    continue;
                }

                double score = scores[reference, estimate];
                double sum = (double.IsNaN(score) ? double.NegativeInfinity : score) + best[used | (1 << estimate)];
                if (sum > best[used])
                {
                    best[used] = sum;
                    choice[used] = estimate;
                }
            }
        }

        int[] assignment = new int[count];
        int taken = 0;
        for (int reference = 0; reference < count; reference++)
        {
            assignment[reference] = choice[taken];
            taken |= 1 << choice[taken];
        }

        return assignment;
    }
}
