namespace Descant.Evaluation;

/// <summary>Scores of many items as one number, by the definitions that the literature uses, each under its own name.</summary>
public static class Aggregation
{
    private static readonly AggregateDefinition MedianMedian =
        new("median of frames, median of items", "museval and SiSEC: median over a song's frames, then over the songs; silent frames left out");

    private static readonly AggregateDefinition ActiveMedian =
        new("median of active frames, median of items", "as above over frames whose reference lies less than 60 dB below its loudest frame");

    private static readonly AggregateDefinition PooledMedian =
        new("pooled frames, median", "Wave-U-Net and seed S3: all frames of all songs together");

    private static readonly AggregateDefinition PooledMad =
        new("pooled frames, MAD (median absolute deviation)", "median of |x − median|, Wave-U-Net's MAD");

    private static readonly AggregateDefinition PooledMeanDeviation =
        new("pooled frames, MAD (mean absolute deviation)", "mean of |x − mean|, pandas' former mad(), which S3's tables fit");

    private static readonly AggregateDefinition PooledMean = new("pooled frames, mean", "mean over all frames of all songs");

    private static readonly AggregateDefinition PooledDeviation =
        new("pooled frames, SD", "standard deviation of all frames of all songs, divided by n");

    private static readonly AggregateDefinition LengthWeighted =
        new("length-weighted mean (GSDR, GSIR, GSAR)", "MIREX and iKala: mean over items weighted by their length");

    private static readonly AggregateDefinition LengthWeightedGain =
        new("length-weighted mean (GNSDR)", "MIREX and iKala: mean over items weighted by their length");

    private static readonly AggregateDefinition MeanOfItems =
        new("mean of items", "mean over items; of usdr the Music Demixing Challenges' score");

    private static readonly AggregateDefinition MedianOfItems = new("median of items", "median over items of the whole-signal score");

    /// <summary>All definitions.</summary>
    public static IReadOnlyList<AggregateDefinition> Definitions { get; } =
    [
        MedianMedian,
        ActiveMedian,
        PooledMedian,
        PooledMad,
        PooledMeanDeviation,
        PooledMean,
        PooledDeviation,
        LengthWeighted,
        LengthWeightedGain,
        MeanOfItems,
        MedianOfItems,
    ];

    /// <summary>All numbers of a record, by every definition that applies to a metric.</summary>
    public static IReadOnlyList<AggregateRow> Compute(EvaluationRecord record) =>
    [
        .. from entry in MetricCatalog.Entries
           from source in record.Sources
           from score in entry.Scores
           from row in Compute(record.Items, entry.Name, source, score)
           select row,
    ];

    /// <summary>The numbers of one metric, source and score.</summary>
    public static IEnumerable<AggregateRow> Compute(IReadOnlyList<ItemScores> items, string metric, string source, string score)
    {
        (double Value, double Seconds)[] values =
        [
            .. items.Where(item => item.Find(metric, source, score) is not null)
                .Select(item => (item.Find(metric, source, score)!.Value, item.Seconds)),
        ];
        if (values.Length == 0)
        {
            yield break;
        }

        double[] scores = [.. values.Select(value => value.Value)];
        if (metric == "v4")
        {
            yield return Row(MedianMedian, Statistics.Median(scores), scores);
            double[] active = [.. items.Select(item => ActiveOf(item, metric, source, score)).OfType<double>()];
            yield return Row(ActiveMedian, Statistics.Median(active), active);
            double[] frames = [.. items.SelectMany(item => FramesOf(item, metric, source, score))];
            yield return Row(PooledMedian, Statistics.Median(frames), frames);
            yield return Row(PooledMad, Statistics.MedianAbsoluteDeviation(frames), frames);
            yield return Row(PooledMeanDeviation, Statistics.MeanAbsoluteDeviation(frames), frames);
            yield return Row(PooledMean, Statistics.Mean(frames), frames);
            yield return Row(PooledDeviation, Statistics.StandardDeviation(frames), frames);
            yield break;
        }

        yield return Row(MeanOfItems, Statistics.Mean(scores), scores);
        yield return Row(MedianOfItems, Statistics.Median(scores), scores);
        if (metric is "v3" or "nsdr")
        {
            yield return Row(metric == "v3" ? LengthWeighted : LengthWeightedGain, Statistics.WeightedMean(values), scores);
        }

        AggregateRow Row(AggregateDefinition definition, double value, double[] over) =>
            new(definition.Name, metric, source, score, value, over.Count(number => !double.IsNaN(number)));
    }

    // museval stores infinite frames as NaN.
    private static IEnumerable<double> FramesOf(ItemScores item, string metric, string source, string score) =>
        item.Frames.TryGetValue(metric, out Dictionary<string, FrameScores>? frames)
        && frames.TryGetValue(source, out FrameScores? found)
        && found.Scores.TryGetValue(score, out double[]? values)
            ? values.Where(double.IsFinite)
            : [];

    private static double? ActiveOf(ItemScores item, string metric, string source, string score) =>
        item.Active.TryGetValue(metric, out Dictionary<string, ActiveScores>? active)
        && active.TryGetValue(source, out ActiveScores? found)
        && found.Scores.TryGetValue(score, out double value)
            ? value
            : null;
}
