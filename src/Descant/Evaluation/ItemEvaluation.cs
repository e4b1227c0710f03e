using System.Globalization;
using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Evaluation;

/// <summary>Scores one item, in as many passes over its files as the metrics need and in memory that does not grow with them.</summary>
public static class ItemEvaluation
{
    private const int BlockSamples = 1 << 16;

    /// <summary>Scores an item by the metrics that the options name.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read, or files do not fit together.</exception>
    /// <exception cref="ArgumentException">Unknown metric, too few sources for one, a silent source, NaN or infinity.</exception>
    public static ItemScores Run(EvaluationItem item, EvaluationOptions options, WorkerPool pool, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(options);
        MetricEntry[] entries = [.. options.Metrics.Select(MetricCatalog.Find)];
        foreach (MetricEntry entry in entries.Where(entry => item.Sources.Count < entry.LeastSources))
        {
            SourceCount.Check(entry.Name, item.Sources.Count);
        }

        StemBlock[]? blocks = null;
        IItemMetric[] running = [];
        IItemMetric[] metrics = [];
        ItemScores? scores = null;
        do
        {
            using ItemReader reader = new(item, options.Pad, options.Metrics.Contains("nsdr"), BlockSamples);
            if (blocks is null)
            {
                blocks = [Block(item, reader), Block(item, reader)];
                metrics = Start(item, entries, options, reader, pool);
                running = metrics;
            }

            Pass(reader, running, blocks, cancellation);
            if (reader.Position == 0)
            {
                throw new InvalidDataException($"evaluate: expected at least one sample, got empty references in {item.Name}");
            }

            scores ??= new ItemScores
            {
                Name = item.Name,
                Sources = [.. item.Sources.Select(source => source.Name)],
                SampleRate = reader.SampleRate,
                Channels = reader.Channels,
                Samples = reader.Position,
                Notes = [.. reader.Notes],
            };
            running = [.. running.Where(metric => metric.EndPass())];
        }
        while (running.Length > 0);

        foreach (SourceFiles source in item.Sources.Where(source => source.References.Count > 1))
        {
            scores.Notes.Add($"{source.Name}: the reference is the sum of {string.Join(", ", source.References.Select(Path.GetFileNameWithoutExtension))}");
        }

        if (options.Loading is { Relative: var loading })
        {
            scores.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"the diagonals of BSS Eval's equations are loaded by {loading:0.#e+0} of a reference's energy"));
        }

        foreach (IItemMetric metric in metrics)
        {
            metric.Report(scores);
        }

        return scores;
    }

    private static StemBlock Block(EvaluationItem item, ItemReader reader) => new(item.Sources.Count, reader.Channels, BlockSamples);

    private static IItemMetric[] Start(
        EvaluationItem item, MetricEntry[] entries, EvaluationOptions options, ItemReader reader, WorkerPool pool)
    {
        ItemContext context = new(
            [.. item.Sources.Select(source => source.Name)],
            reader.Channels,
            reader.SampleRate,
            options.Metrics.ToHashSet(),
            options,
            pool);
        return [.. entries.Select(entry => entry.Create).Distinct().Select(create => create(context))];
    }

    // The next block is read while the metrics work on the one before.
    private static void Pass(ItemReader reader, IItemMetric[] metrics, StemBlock[] blocks, CancellationToken cancellation)
    {
        int current = 0;
        bool any = reader.Read(blocks[current], BlockSamples);
        while (any)
        {
            cancellation.ThrowIfCancellationRequested();
            StemBlock block = blocks[current];
            StemBlock next = blocks[1 - current];
            Task<bool> reading = Task.Run(() => reader.Read(next, BlockSamples), CancellationToken.None);
            try
            {
                foreach (IItemMetric metric in metrics)
                {
                    metric.Add(block);
                }
            }
            finally
            {
                ((IAsyncResult)reading).AsyncWaitHandle.WaitOne();
            }

            any = reading.GetAwaiter().GetResult();
            current = 1 - current;
        }
    }
}
