using Descant.Metrics;

namespace Descant.Evaluation.ItemMetrics;

/// <summary><c>usdr</c>.</summary>
internal sealed class UsdrMetric(ItemContext context) : IItemMetric
{
    private readonly Usdr _metric = new(context.Sources.Count, context.Channels, context.Sources);

    public void Add(StemBlock block) => _metric.Add(block.References, block.Estimates, 0, block.Count);

    public bool EndPass() => _metric.EndPass();

    public void Report(ItemScores scores)
    {
        for (int source = 0; source < context.Sources.Count; source++)
        {
            scores.Set("usdr", context.Sources[source], "uSDR", _metric[source]);
        }
    }
}
