using Descant.Metrics;

namespace Descant.Evaluation.ItemMetrics;

/// <summary><c>psnr</c>, <c>mask-accuracy</c> and <c>mask-iou</c>: one assignment of estimates for all three.</summary>
internal sealed class MaskMetric(ItemContext context) : IItemMetric
{
    private readonly MaskScores _masks = new(context.Sources.Count, context.Channels, context.Pool, context.Options.Permute);

    public void Add(StemBlock block) => _masks.Add(block.References, block.Estimates, 0, block.Count);

    public bool EndPass() => _masks.EndPass();

    public void Report(ItemScores scores)
    {
        Write("psnr", "PSNR", _masks.PeakRatio);
        Write("mask-accuracy", "accuracy", source => _masks.Agreement(source).Accuracy);
        Write("mask-iou", "IoU", source => _masks.Agreement(source).IntersectionOverUnion);

        void Write(string metric, string score, Func<int, double> of)
        {
            if (!context.Wanted.Contains(metric))
            {
                return;
            }

            for (int source = 0; source < context.Sources.Count; source++)
            {
                scores.Set(metric, context.Sources[source], score, of(source));
            }

            PermutationReport.Write(scores, metric, context, _masks.Permutation);
        }
    }
}
