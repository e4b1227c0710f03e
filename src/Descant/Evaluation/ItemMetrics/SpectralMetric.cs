using Descant.Metrics;

namespace Descant.Evaluation.ItemMetrics;

/// <summary>A metric of <see cref="Descant.Metrics"/> that writes down its scores source by source.</summary>
internal sealed class SpectralMetric(ItemContext context, IBlockMetric metric, Action<SpectralMetric.Writer, int> report) : IItemMetric
{
    /// <summary>Writes one score of the source in hand.</summary>
    internal delegate void Writer(string metric, string score, double value);

    public static SpectralMetric Bleed(ItemContext context)
    {
        BleedFullness bleed = new(context.Sources.Count, context.Channels, context.SampleRate, context.Pool);
        return new SpectralMetric(context, bleed, (write, source) =>
        {
            write("bleedless", "bleedless", bleed[source].Bleedless);
            write("fullness", "fullness", bleed[source].Fullness);
        });
    }

    public static SpectralMetric Distance(ItemContext context)
    {
        LogSpectralDistance distance = new(context.Sources.Count, context.Channels, context.Pool);
        return new SpectralMetric(context, distance, (write, source) => write("lsd", "LSD", distance[source]));
    }

    public void Add(StemBlock block) => metric.Add(block.References, block.Estimates, 0, block.Count);

    public bool EndPass() => metric.EndPass();

    public void Report(ItemScores scores)
    {
        for (int i = 0; i < context.Sources.Count; i++)
        {
            string source = context.Sources[i];
            report(
                (name, score, value) =>
                {
                    if (context.Wanted.Contains(name))
                    {
                        scores.Set(name, source, score, value);
                    }
                },
                i);
        }
    }
}
