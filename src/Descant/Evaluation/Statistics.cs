namespace Descant.Evaluation;

/// <summary>Descriptive statistics that leave NaN out, as numpy's <c>nan…</c> functions do.</summary>
/// <remarks>Infinities count: the median of a set that is mostly infinite is infinite. Of no values everything is NaN.</remarks>
public static class Statistics
{
    /// <summary>Middle value; the mean of the two middle ones for an even count.</summary>
    public static double Median(IEnumerable<double> values) => Quantile(values, 0.5);

    /// <summary>Quantile by linear interpolation between the neighbouring values.</summary>
    public static double Quantile(IEnumerable<double> values, double fraction)
    {
        double[] sorted = [.. values.Where(value => !double.IsNaN(value)).Order()];
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        double position = fraction * (sorted.Length - 1);
        int lower = (int)Math.Floor(position);
        int upper = Math.Min(lower + 1, sorted.Length - 1);
        double part = position - lower;

        // Without this, ∞ − ∞ between two infinite neighbours would be NaN.
        return part == 0 || sorted[lower] == sorted[upper]
            ? sorted[lower]
            : part == 0.5 ? (sorted[lower] + sorted[upper]) / 2 : sorted[lower] + (part * (sorted[upper] - sorted[lower]));
    }

    /// <summary>Arithmetic mean.</summary>
    public static double Mean(IEnumerable<double> values)
    {
        double[] numbers = [.. values.Where(value => !double.IsNaN(value))];
        return numbers.Length == 0 ? double.NaN : numbers.Average();
    }

    /// <summary>Standard deviation of a population (divided by n), as <c>numpy.nanstd</c>.</summary>
    public static double StandardDeviation(IEnumerable<double> values)
    {
        double[] numbers = [.. values.Where(value => !double.IsNaN(value))];
        double mean = Mean(numbers);
        return Math.Sqrt(Mean(numbers.Select(value => (value - mean) * (value - mean))));
    }

    /// <summary>Median of the distances from the median.</summary>
    public static double MedianAbsoluteDeviation(IEnumerable<double> values)
    {
        double[] numbers = [.. values];
        double median = Median(numbers);
        return Median(numbers.Select(value => Math.Abs(value - median)));
    }

    /// <summary>Mean of the distances from the mean, as pandas' former <c>mad</c>.</summary>
    public static double MeanAbsoluteDeviation(IEnumerable<double> values)
    {
        double[] numbers = [.. values];
        double mean = Mean(numbers);
        return Mean(numbers.Select(value => Math.Abs(value - mean)));
    }

    /// <summary>Mean with a weight for each value.</summary>
    public static double WeightedMean(IEnumerable<(double Value, double Weight)> values)
    {
        double sum = 0;
        double weights = 0;
        foreach ((double value, double weight) in values)
        {
            if (!double.IsNaN(value))
            {
                sum += value * weight;
                weights += weight;
            }
        }

        return weights == 0 ? double.NaN : sum / weights;
    }
}
