using Descant.Metrics.BssEval;

namespace Descant.Evaluation.ItemMetrics;

/// <summary>Writes scores of windows down, and their medians by both rules about silence.</summary>
internal static class FrameReport
{
    private static readonly (string Name, Func<BssEvalScore, double> Select)[] Scores =
    [
        ("SDR", score => score.Sdr),
        ("ISR", score => score.Isr),
        ("SIR", score => score.Sir),
        ("SAR", score => score.Sar),
    ];

    /// <summary>The frames of all sources of a result.</summary>
    public static void Write(ItemScores scores, string metric, ItemContext context, BssEvalResult result, bool withIsr)
    {
        (double window, double hop) = metric == "v4"
            ? (context.Options.WindowSeconds, context.Options.HopSeconds)
            : (context.Options.FramewiseWindowSeconds ?? 0, context.Options.FramewiseHopSeconds);
        for (int source = 0; source < context.Sources.Count; source++)
        {
            Write(scores, metric, context.Sources[source], result, source, window, hop, withIsr);
        }

        scores.SilentFrames[metric] = result.SilentFrames;
    }

    /// <summary>The frames of one source.</summary>
    public static void Write(
        ItemScores scores, string metric, string name, BssEvalResult result, int source, double window, double hop, bool withIsr)
    {
        if (!scores.Frames.TryGetValue(metric, out Dictionary<string, FrameScores>? frames))
        {
            scores.Frames[metric] = frames = [];
        }

        frames[name] = new FrameScores
        {
            Time = [.. Enumerable.Range(0, result.Frames).Select(frame => frame * hop)],
            Duration = window,
            Scores = Scores.Where(score => withIsr || score.Name != "ISR")
                .ToDictionary(score => score.Name, score => result.Over(source, score.Select)),
        };
    }

    /// <summary>Medians of one source's frames as its scores, beside those over the active frames only.</summary>
    /// <remarks>museval stores infinite scores as NaN, so that medians pass over them.</remarks>
    public static void WriteMedians(ItemScores scores, string metric, string name, BssEvalResult result, int source, double range)
    {
        IReadOnlyList<double> energies = result.ReferenceEnergies[source];
        double loudest = energies.Max();
        double floor = loudest * Math.Pow(10, -range / 10);
        bool[] active = [.. energies.Select(energy => energy > 0 && energy > floor)];
        Dictionary<string, double> medians = [];
        foreach ((string score, Func<BssEvalScore, double> select) in Scores)
        {
            double[] values = [.. result.Over(source, select).Select(value => double.IsInfinity(value) ? double.NaN : value)];
            scores.Set(metric, name, score, MedianOrInfinity(result.Over(source, select), values));
            medians[score] = Statistics.Median(values.Where((_, frame) => active[frame]));
        }

        int scored = Enumerable.Range(0, result.Frames).Count(frame => !double.IsNaN(result[source, frame].Sdr));
        int kept = Enumerable.Range(0, result.Frames).Count(frame => active[frame] && !double.IsNaN(result[source, frame].Sdr));
        if (!scores.Active.TryGetValue(metric, out Dictionary<string, ActiveScores>? sources))
        {
            scores.Active[metric] = sources = [];
        }

        sources[name] = new ActiveScores { Frames = kept, LeftOut = scored - kept, Scores = medians };
    }

    // A perfect estimate has only infinite frames: that is what its median says, rather than that nothing was measured.
    private static double MedianOrInfinity(double[] all, double[] finite)
    {
        double median = Statistics.Median(finite);
        return double.IsNaN(median) && all.Any(double.IsPositiveInfinity) ? double.PositiveInfinity : median;
    }
}
