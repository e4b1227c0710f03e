using Descant.Metrics;

namespace Descant.Evaluation.ItemMetrics;

/// <summary><c>si-sdr</c>, <c>si-sir</c>, <c>si-sar</c> and <c>sd-sdr</c>, all channels of a source as one signal.</summary>
internal sealed class ScaleInvariantMetric(ItemContext context) : IItemMetric
{
    private readonly ScaleInvariantScores _metric = new(context.Sources.Count, context.Channels, context.Sources);

    public void Add(StemBlock block) => _metric.Add(block.References, block.Estimates, 0, block.Count);

    public bool EndPass() => _metric.EndPass();

    public void Report(ItemScores scores)
    {
        for (int source = 0; source < context.Sources.Count; source++)
        {
            ScaleInvariantScore score = _metric[source];
            Set("si-sdr", "SI-SDR", score.Sdr);
            Set("si-sir", "SI-SIR", score.Sir);
            Set("si-sar", "SI-SAR", score.Sar);
            Set("sd-sdr", "SD-SDR", score.SdSdr);

            void Set(string metric, string name, double value)
            {
                if (context.Wanted.Contains(metric))
                {
                    scores.Set(metric, context.Sources[source], name, value);
                }
            }
        }
    }
}
