using System.Globalization;
using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Evaluation;

/// <summary>Scores one item, in as many passes over its files as the metrics need and in memory that does not grow with them.</summary>
public static class ItemEvaluation
{
    private const int BlockSamples = 1 << 16;

    /// <summary>
    /// Scores an item by the metrics that the options name. One that an item cannot have (BSS Eval of a silent source) is left out and
    /// told in <see cref="ItemScores.Unscored"/>.
    /// </summary>
    /// <exception cref="InvalidDataException">A file cannot be read, or files do not fit together.</exception>
    /// <exception cref="ArgumentException">Unknown metric, too few sources for one, NaN or infinity, or no metric that the item can have.</exception>
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
        Running[] metrics = [];
        ItemScores? scores = null;
        do
        {
            using ItemReader reader = new(item, options.Pad, options.Metrics.Contains("nsdr"), BlockSamples);
            if (blocks is null)
            {
                blocks = [Block(item, reader), Block(item, reader)];
                metrics = Start(item, entries, options, reader, pool);
            }

            Pass(reader, metrics, blocks, cancellation);
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
            foreach (Running metric in metrics)
            {
                metric.EndPass();
            }
        }
        while (metrics.Any(metric => metric.NeedsAnotherPass));

        foreach (SourceFiles source in item.Sources.Where(source => source.References.Count > 1))
        {
            scores.Notes.Add($"{source.Name}: the reference is the sum of {string.Join(", ", source.References.Select(Path.GetFileNameWithoutExtension))}");
        }

        if (options.Loading is { Relative: var loading })
        {
            scores.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"the diagonals of BSS Eval's equations are loaded by {loading:0.#e+0} of a reference's energy"));
        }

        foreach (Running metric in metrics)
        {
            metric.Report(scores);
        }

        return metrics.All(metric => metric.Failure is not null) && metrics is [{ Failure: { } failure }, ..] ? throw failure : scores;
    }

    private static StemBlock Block(EvaluationItem item, ItemReader reader) => new(item.Sources.Count, reader.Channels, BlockSamples);

    private static Running[] Start(
        EvaluationItem item, MetricEntry[] entries, EvaluationOptions options, ItemReader reader, WorkerPool pool)
    {
        ItemContext context = new(
            [.. item.Sources.Select(source => source.Name)],
            reader.Channels,
            reader.SampleRate,
            options.Metrics.ToHashSet(),
            options,
            pool);
        return [.. entries.GroupBy(entry => entry.Create).Select(family => new Running(string.Join(", ", family.Select(entry => entry.Name)), family.Key(context)))];
    }

    // The next block is read while the metrics work on the one before.
    private static void Pass(ItemReader reader, Running[] metrics, StemBlock[] blocks, CancellationToken cancellation)
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
                foreach (Running metric in metrics)
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

    /// <summary>A metric at work until it refuses what it is fed.</summary>
    private sealed class Running(string names, IItemMetric metric)
    {
        public ArgumentException? Failure { get; private set; }

        public bool NeedsAnotherPass { get; private set; } = true;

        public void Add(StemBlock block) => Try(NeedsAnotherPass, () => metric.Add(block));

        public void EndPass() => Try(NeedsAnotherPass, () => NeedsAnotherPass = metric.EndPass());

        public void Report(ItemScores scores)
        {
            Try(Failure is null, () => metric.Report(scores));
            if (Failure is not null)
            {
                scores.Unscored.Add($"{names} not scored: {Failure.Message}");
            }
        }

        private void Try(bool isWanted, Action work)
        {
            try
            {
                if (isWanted)
                {
                    work();
                }
            }
            catch (ArgumentException error)
            {
                Failure = error;
                NeedsAnotherPass = false;
            }
        }
    }
}
