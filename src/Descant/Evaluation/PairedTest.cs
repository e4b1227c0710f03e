namespace Descant.Evaluation;

/// <summary>Tests whether paired differences are centred on zero.</summary>
public static class PairedTest
{
    private const int MostExactRanks = 50;
    private const int MostExactFlips = 20;
    private const int RandomFlips = 100_000;
    private const int Seed = 20181015;

    /// <summary>Two-sided p value of Wilcoxon's signed-rank test; 1 where every difference is zero.</summary>
    /// <remarks>
    /// Zeros are left out. Up to 50 differences without ties the distribution is exact, else normal with the variance
    /// corrected for ties and no continuity correction (F. Wilcoxon, "Individual comparisons by ranking methods",
    /// Biometrics Bulletin 1, 1945; as <c>scipy.stats.wilcoxon</c> decides, which besides leaves the exact one where a difference is zero).
    /// </remarks>
    public static double WilcoxonSignedRank(IReadOnlyList<double> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        double[] sorted = [.. differences.Where(value => value != 0 && !double.IsNaN(value)).OrderBy(Math.Abs)];
        int count = sorted.Length;
        if (count == 0)
        {
            return 1;
        }

        double positive = 0;
        double ties = 0;
        for (int start = 0; start < count;)
        {
            int end = start;
            while (end < count && Math.Abs(sorted[end]) == Math.Abs(sorted[start]))
            {
                end++;
            }

            double rank = (start + 1 + end) / 2.0;
            positive += rank * sorted[start..end].Count(value => value > 0);
            double tied = end - start;
            ties += (tied * tied * tied) - tied;
            start = end;
        }

        double all = count * (count + 1) / 2.0;
        double smaller = Math.Min(positive, all - positive);
        if (count <= MostExactRanks && ties == 0)
        {
            return Math.Min(1, 2 * ExactRankTail(count, (int)smaller));
        }

        double mean = all / 2;
        double deviation = Math.Sqrt(((count * (count + 1.0) * ((2 * count) + 1)) - (ties / 2)) / 24);
        return Math.Min(1, 2 * NormalTail((mean - smaller) / deviation));
    }

    /// <summary>
    /// Two-sided p value of the sign-flip permutation test of the mean: the share of all ways to flip the signs of the
    /// differences whose mean is at least as far from zero.
    /// </summary>
    /// <remarks>
    /// All ways up to 20 differences, else 100 000 random ones by a fixed seed, counting the given one (R. A. Fisher, "The
    /// Design of Experiments", 1935, section 21).
    /// </remarks>
    public static double SignFlip(IReadOnlyList<double> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        double[] values = [.. differences.Where(value => !double.IsNaN(value))];
        double observed = Math.Abs(values.Sum());
        if (values.Length == 0 || observed == 0)
        {
            return 1;
        }

        // Sums that differ by rounding only are equal.
        double threshold = observed - (1e-12 * values.Sum(Math.Abs));
        long reached = 0;
        if (values.Length <= MostExactFlips)
        {
            long ways = 1L << values.Length;
            for (long flips = 0; flips < ways; flips++)
            {
                reached += Math.Abs(FlippedSum(values, (ulong)flips)) >= threshold ? 1 : 0;
            }

            return reached / (double)ways;
        }

        Random random = new(Seed);
        for (int i = 0; i < RandomFlips; i++)
        {
            double sum = 0;
            for (int start = 0; start < values.Length; start += 62)
            {
                int length = Math.Min(62, values.Length - start);
                sum += FlippedSum(values.AsSpan(start, length), (ulong)random.NextInt64());
            }

            reached += Math.Abs(sum) >= threshold ? 1 : 0;
        }

        return (reached + 1) / (RandomFlips + 1.0);
    }

    private static double FlippedSum(ReadOnlySpan<double> values, ulong flips)
    {
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum += ((flips >> i) & 1) == 0 ? values[i] : -values[i];
        }

        return sum;
    }

    // Share of the 2ⁿ subsets of the ranks 1…n whose sum is at most a bound.
    private static double ExactRankTail(int count, int bound)
    {
        double[] shares = new double[(count * (count + 1) / 2) + 1];
        shares[0] = 1;
        for (int rank = 1; rank <= count; rank++)
        {
            for (int sum = shares.Length - 1; sum >= 0; sum--)
            {
                shares[sum] = (shares[sum] + (sum >= rank ? shares[sum - rank] : 0)) / 2;
            }
        }

        return shares.Take(bound + 1).Sum();
    }

    // P(Z > z) of the standard normal distribution, by the continued fraction of the complementary error function beyond 2
    // and its series below (Abramowitz and Stegun 26.2.10 and 26.2.14).
    private static double NormalTail(double z)
    {
        double density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
        if (z < 2)
        {
            double term = z;
            double sum = z;
            for (int i = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); i++)
            {
                term *= z * z / ((2 * i) + 1);
                sum += term;
            }

            return 0.5 - (density * sum);
        }

        double fraction = z;
        for (int i = 200; i >= 1; i--)
        {
            fraction = z + (i / fraction);
        }

        return density / fraction;
    }
}
