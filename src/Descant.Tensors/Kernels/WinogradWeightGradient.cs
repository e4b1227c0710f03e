using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>The gradient of a convolution's weights by minimal filtering: the adjoint of <see cref="WinogradConvolution"/> in its weights.</summary>
/// <remarks>
/// With the inputs Bᵀ·d·B and the gradients A·g·Aᵀ of every tile, each point needs one product summed over tiles, and the
/// sums become the weights' gradient by Gᵀ·m·G once. A job sums some channels of large against some panels of channels of
/// small; where there are few of either, tiles are shared out too, and the shares' sums are added in their order. All is
/// fixed by sizes and the number of threads, so results repeat exactly for a given number of threads.
/// </remarks>
internal static unsafe class WinogradWeightGradient
{
    // Tiles per micro-kernel call: enough to hide reading and writing the sums.
    private const int BlockTiles = 64;

    // Sums of a job, in floats: with a block's inputs and gradients they fill a 1 MiB second-level cache.
    private const int JobSums = 112 * 1024;
    private const int JobsPerThread = 3;

    private const int SlotInputs = 2;
    private const int SlotGradients = 3;
    private const int SlotWindow = 4;
    private const int SlotSums = 5;
    private const int SlotTaps = 6;

    public static void Compute<TV>(WorkerPool pool, WeightGradientOperands o)
        where TV : struct, IVector<TV>
    {
        WinogradPlan plan = WinogradPlan.Of(o.Geometry, ConvolutionDirection.Forward);
        Image small = o.Small[0];
        int tileRows = WinogradPlan.Tiles(small.Height), tileColumns = WinogradPlan.Tiles(small.Width);
        int tiles = small.Batch * tileRows * tileColumns;
        int panels = Panels<TV>.CountFor(o.SmallChannels);

        // Whole vectors of channels of large, about as many as channels of small: both are transformed once per job.
        int chunk = Math.Min(o.LargeChannels, Math.Max(TV.Count, JobSums / plan.Elements / (2 * Panels<TV>.Width) / TV.Count * TV.Count));
        int chunks = (o.LargeChannels + chunk - 1) / chunk;
        nint panelSums = (nint)plan.Elements * chunk * Panels<TV>.Width;
        int group = (int)Math.Clamp(JobSums / panelSums, 1, panels);
        int groups = (panels + group - 1) / group;
        int wanted = pool.Threads == 1 ? 1 : pool.Threads * JobsPerThread;
        int shares = Math.Clamp((wanted + (chunks * groups) - 1) / (chunks * groups), 1, Math.Max(1, tiles / (2 * BlockTiles)));
        ScratchBuffers shared = pool.RentShared();
        nint share = chunks * panels * panelSums;
        float* sums = shared.Get(SlotSums, shares * share);
        pool.Run(chunks * groups * shares, (job, worker) =>
        {
            int part = job / groups / chunks;
            int at = job / groups % chunks;
            int panelFirst = (int)((long)(job % groups) * panels / groups);
            int panelEnd = (int)((job % groups + 1L) * panels / groups);
            int from = (int)((long)part * tiles / shares);
            WinogradTiles stretch = new(tileRows, tileColumns, from, (int)((part + 1L) * tiles / shares) - from);
            Sum<TV>(
                pool.Scratch(worker), o, plan, stretch, at * chunk, Math.Min(chunk, o.LargeChannels - (at * chunk)), panelFirst, panelEnd,
                sums + (part * share) + (((at * (nint)panels) + panelFirst) * panelSums), panelSums);
        });

        pool.Run(chunks * panels, (job, worker) =>
        {
            int channel = job / panels * chunk;
            Finish<TV>(
                pool.Scratch(worker), o, plan, sums + (job * panelSums), share, shares, channel, Math.Min(chunk, o.LargeChannels - channel),
                job % panels * Panels<TV>.Width);
        });
        pool.ReturnShared(shared);
    }

    /// <summary>Sums [panel][point][phase][channel of large][channel of small] over some tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<TV>(
        ScratchBuffers scratch, WeightGradientOperands o, WinogradPlan plan, WinogradTiles tiles, int channel, int channels, int panelFirst,
        int panelEnd, float* sums, nint panelSums)
        where TV : struct, IVector<TV>
    {
        Image[] large = Image.Slice(o.Large, channel, channels);
        int smallFirst = panelFirst * Panels<TV>.Width;
        int smallCount = Math.Min(panelEnd * Panels<TV>.Width, o.SmallChannels) - smallFirst;
        int padded = (panelEnd - panelFirst) * Panels<TV>.Width;
        Image[] small = Image.Slice(o.Small, smallFirst, smallCount);
        float* window = scratch.Get(SlotWindow, (long)WinogradPlan.Points * Math.Max(channels, smallCount));
        float* transformed = scratch.Get(SlotInputs, WinogradTiles.Floats(plan, channels, BlockTiles));
        nint pointStride = ((nint)BlockTiles * padded) + 16; // neighbouring points fall into different sets of the cache
        float* gradients = scratch.Get(SlotGradients, WinogradPlan.Points * pointStride);
        float** points = stackalloc float*[WinogradPlan.Points];
        int blocks = (tiles.Count + BlockTiles - 1) / BlockTiles;
        for (int block = 0; block < blocks; block++)
        {
            WinogradTiles part = tiles.Part((int)((long)block * tiles.Count / blocks), (int)((block + 1L) * tiles.Count / blocks));
            part.Transform<TV>(large, channels, plan, transformed, window, points);
            part.TransformGradients<TV>(small, smallCount, padded, window, gradients, pointStride);
            for (int panel = panelFirst; panel < panelEnd; panel++)
            {
                int vectors = Panels<TV>.Vectors(o.SmallChannels, panel);
                float* target = sums + ((panel - panelFirst) * panelSums);
                float* b = gradients + ((panel - panelFirst) * (nint)Panels<TV>.Width);
                for (int point = 0; point < WinogradPlan.Points; point++)
                {
                    int rows = plan.Counts[point] * channels;
                    nint stride = WinogradTiles.RowStride(plan.Counts[point], channels);
                    int strips = (rows + TV.TileRows - 1) / TV.TileRows;
                    for (int strip = 0; strip < strips; strip++)
                    {
                        int start = strip * rows / strips;
                        int height = ((strip + 1) * rows / strips) - start;
                        MicroKernels.Outer<TV>(
                            height, vectors, part.Count, points[point] + start, stride, b + (point * pointStride), padded, 1, 0, 0,
                            target + ((nint)start * Panels<TV>.Width), Panels<TV>.Width, block > 0);
                    }

                    target += (nint)rows * Panels<TV>.Width;
                }
            }
        }
    }

    /// <summary>Adds the shares, transforms their sums to the kernel's taps and stores them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish<TV>(
        ScratchBuffers scratch, WeightGradientOperands o, WinogradPlan plan, float* sums, nint share, int shares, int channel, int channels,
        int smallFirst)
        where TV : struct, IVector<TV>
    {
        int width = Panels<TV>.Width;
        int count = plan.Elements * channels * width;
        for (int part = 1; part < shares; part++)
        {
            for (int i = 0; i < count; i += TV.Count)
            {
                TV.Store(TV.Load(sums + i) + TV.Load(sums + (part * share) + i), sums + i);
            }
        }

        int taps = o.Geometry.KernelHeight * o.Geometry.KernelWidth;
        float* result = scratch.Get(SlotTaps, (long)taps * channels * width); // [channel of large][tap][channel of small]
        float** points = stackalloc float*[WinogradPlan.Points];
        foreach (WinogradPhase phase in plan.Phases)
        {
            for (int point = 0; point < WinogradPlan.Points; point++)
            {
                points[point] = sums + ((plan.Starts[point] + Math.Max(0, phase.Slots[point])) * (nint)channels * width);
            }

            nint down = phase.Rows.TapStep * (nint)o.Geometry.KernelWidth * width, right = phase.Columns.TapStep * (nint)width;
            float* first = result + (((phase.Rows.FirstTap * (nint)o.Geometry.KernelWidth) + phase.Columns.FirstTap) * width);
            for (int c = 0; c < channels; c++)
            {
                for (int at = 0; at < Panels<TV>.Vectors(o.SmallChannels, smallFirst / width) * TV.Count; at += TV.Count)
                {
                    WinogradTransforms.FilterGradient<TV>(phase, points, ((nint)c * width) + at, first + ((nint)c * taps * width) + at, down, right);
                }
            }
        }

        o.WriteTaps<TV>(result, width, channel, channels, smallFirst, smallFirst + width);
    }
}
