namespace Descant.Evaluation;

/// <summary>Two systems compared by one score of one source, over the items that both have.</summary>
public sealed record ComparisonRow
{
    /// <summary>First system.</summary>
    public required string First { get; init; }

    /// <summary>Second system.</summary>
    public required string Second { get; init; }

    /// <summary>Catalogue name of the metric.</summary>
    public required string Metric { get; init; }

    /// <summary>Name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>Name of the score.</summary>
    public required string Score { get; init; }

    /// <summary>First minus second by item, for the items where both scores are finite.</summary>
    public required IReadOnlyList<(string Item, double Difference)> Differences { get; init; }

    /// <summary>Items left out because a score is infinite or NaN.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Items that only one of the two evaluations has, or scores.</summary>
    public required int Unmatched { get; init; }

    /// <summary>Whether larger scores are better.</summary>
    public required bool HigherIsBetter { get; init; }

    /// <summary>Median of the differences.</summary>
    public double Median => Statistics.Median(Values);

    /// <summary>Mean of the differences.</summary>
    public double Mean => Statistics.Mean(Values);

    /// <summary>Items on which the first system is better.</summary>
    public int FirstWins => Values.Count(value => HigherIsBetter ? value > 0 : value < 0);

    /// <summary>Items on which the second system is better.</summary>
    public int SecondWins => Values.Count(value => HigherIsBetter ? value < 0 : value > 0);

    /// <summary>p value of Wilcoxon's signed-rank test.</summary>
    public double WilcoxonP => PairedTest.WilcoxonSignedRank([.. Values]);

    /// <summary>p value of the sign-flip permutation test of the mean.</summary>
    public double SignFlipP => PairedTest.SignFlip([.. Values]);

    private IEnumerable<double> Values => Differences.Select(item => item.Difference);

    /// <summary>The system with the better median, or null where the medians are equal or there is nothing to compare.</summary>
    public string? Better
    {
        get
        {
            double median = HigherIsBetter ? Median : -Median;
            return median > 0 ? First : median < 0 ? Second : null;
        }
    }
}
