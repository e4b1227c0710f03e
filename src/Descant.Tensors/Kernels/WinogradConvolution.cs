using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>Convolutions and transposed convolutions by minimal filtering; see <see cref="WinogradPlan"/>.</summary>
/// <remarks>
/// A job transforms the inputs under a stretch of tiles, multiplies them with the transformed weights of some panels of
/// output channels, one product per point, and transforms the sums back. Every output is summed by one job in one order:
/// results do not depend on the thread count.
/// </remarks>
internal static unsafe class WinogradConvolution
{
    // Floats of transformed inputs per job: three eighths of a 1 MiB second-level cache.
    private const int InputFloats = 96 * 1024;
    private const int MostTiles = 112;
    private const int JobsPerThread = 4;

    private const int SlotTaps = 0;
    private const int SlotInputs = 2;
    private const int SlotProducts = 3;
    private const int SlotWindow = 4;

    /// <summary>
    /// The transformed weights of a panel of output channels. Per point the phases that have it follow each other: a
    /// convolution's as further inputs [phase][input][output], a transposed one's as further outputs
    /// [pair of vectors][input][phase, output].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackPanel<TV>(PackedFilters filters, FilterBank weights, WinogradPlan plan, int panel, ScratchBuffers scratch)
        where TV : struct, IVector<TV>
    {
        ConvolutionGeometry geometry = filters.Geometry;
        int inputs = filters.Inputs;
        int vectors = Panels<TV>.Vectors(filters.Outputs, panel);
        int width = vectors * TV.Count;
        int output = panel * Panels<TV>.Width;
        int outputs = Math.Min(width, filters.Outputs - output);
        float* taps = scratch.Get(SlotTaps, (long)geometry.KernelHeight * geometry.KernelWidth * width);
        float* data = Panels<TV>.At(filters.Data, plan.Elements * inputs, filters.Outputs, panel, 0);
        nint* places = stackalloc nint[plan.Phases.Length * WinogradPlan.Points];
        nint* steps = stackalloc nint[plan.Phases.Length * WinogradPlan.Points];
        for (int i = 0; i < plan.Phases.Length * WinogradPlan.Points; i++)
        {
            (places[i], steps[i]) = Place(filters, plan, plan.Phases[i / WinogradPlan.Points].Slots, i % WinogradPlan.Points, width, vectors);
        }

        float** targets = stackalloc float*[WinogradPlan.Points];
        for (int channel = 0; channel < inputs; channel++)
        {
            float* source = weights.Data + (output * weights.OutputStride) + (channel * weights.InputStride);
            for (int ky = 0; ky < geometry.KernelHeight; ky++)
            {
                Packing.Copy<TV>(
                    source + (ky * weights.RowStride), weights.ColumnStride, weights.OutputStride, geometry.KernelWidth, outputs,
                    taps + ((nint)ky * geometry.KernelWidth * width), width, width);
            }

            for (int i = 0; i < plan.Phases.Length; i++)
            {
                WinogradPhase phase = plan.Phases[i];
                for (int point = 0; point < WinogradPlan.Points; point++)
                {
                    targets[point] = data + places[(i * WinogradPlan.Points) + point] + (channel * steps[(i * WinogradPlan.Points) + point]);
                }

                nint down = (nint)phase.Rows.TapStep * geometry.KernelWidth * width, right = (nint)phase.Columns.TapStep * width;
                float* first = taps + ((((nint)phase.Rows.FirstTap * geometry.KernelWidth) + phase.Columns.FirstTap) * width);
                WinogradTransforms.Filter<TV>(phase, first, down, right, width, targets);
            }
        }
    }

    public static void Apply<TV>(WorkerPool pool, Image[] inputs, PackedFilters filters, WinogradPlan plan, Image output, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        int tileRows = WinogradPlan.Tiles(plan.Phases[0].Rows.Count(output.Height));
        int tileColumns = WinogradPlan.Tiles(plan.Phases[0].Columns.Count(output.Width));
        int tiles = output.Batch * tileRows * tileColumns;
        int panels = Panels<TV>.CountFor(filters.Outputs);
        long floatsPerTile = (long)plan.InputCounts.Sum() * filters.Inputs;
        int most = (int)Math.Clamp(InputFloats / floatsPerTile / TV.TileRows, 1, MostTiles / TV.TileRows) * TV.TileRows;
        int wanted = pool.Threads == 1 ? 1 : pool.Threads * JobsPerThread;
        int blocks = (tiles + most - 1) / most;

        // Halves of a block read all weights once more, parts of the panels transform the inputs once more: the latter first.
        int panelJobs = Math.Clamp((wanted + blocks - 1) / blocks, 1, Math.Max(1, panels / 2));
        blocks = Math.Min(Math.Max(blocks, (wanted + panelJobs - 1) / panelJobs), Math.Max(blocks, tiles / TV.TileRows));
        pool.Run(blocks * panelJobs, (job, worker) =>
        {
            int block = job / panelJobs;
            int panelJob = job % panelJobs;
            int from = (int)((long)block * tiles / blocks);
            WinogradTiles part = new(tileRows, tileColumns, from, (int)((block + 1L) * tiles / blocks) - from);
            Block<TV>(
                pool.Scratch(worker), inputs, filters, plan, output, epilogue, part, (int)((long)panelJob * panels / panelJobs),
                (int)((panelJob + 1L) * panels / panelJobs));
        });
    }

    /// <summary>Where a phase's weights of a point begin in a panel, and how far those of the next input are.</summary>
    private static (nint First, nint Step) Place(PackedFilters filters, WinogradPlan plan, int[] slots, int point, int width, int vectors)
    {
        nint start = (nint)plan.Starts[point] * filters.Inputs * width;
        int slot = Math.Max(0, slots[point]);
        if (filters.Direction == ConvolutionDirection.Forward || vectors == 2)
        {
            return (start + ((nint)slot * filters.Inputs * width), width);
        }

        // Two phases of one vector each share a micro-kernel; a last one without a partner has its own.
        int pair = slot / 2;
        int together = Math.Min(2, plan.Counts[point] - (2 * pair));
        return (start + (((pair * 2 * (nint)filters.Inputs) + (slot % 2)) * width), (nint)together * width);
    }

    /// <summary>Panels [panelFirst, panelEnd) of the outputs of some tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TV>(
        ScratchBuffers scratch, Image[] inputs, PackedFilters filters, WinogradPlan plan, Image output, Epilogue epilogue,
        WinogradTiles tiles, int panelFirst, int panelEnd)
        where TV : struct, IVector<TV>
    {
        int channels = filters.Inputs;
        bool forward = filters.Direction == ConvolutionDirection.Forward;
        float* window = scratch.Get(SlotWindow, (long)WinogradPlan.Points * channels);
        float* transformed = scratch.Get(SlotInputs, WinogradTiles.Floats(plan, channels, tiles.Count));
        float** points = stackalloc float*[WinogradPlan.Points];
        tiles.Transform<TV>(inputs, channels, plan, transformed, window, points);

        // Rows of products: all phases of a transposed convolution side by side.
        int sets = forward ? 1 : plan.Phases.Length;
        nint widest = sets * (nint)Panels<TV>.Width;
        nint pointStride = (tiles.Count * widest) + 16; // neighbouring points fall into different sets of the cache
        float* products = scratch.Get(SlotProducts, WinogradPlan.Points * pointStride);
        int strips = (tiles.Count + TV.TileRows - 1) / TV.TileRows;
        float** sums = stackalloc float*[WinogradPlan.Points];
        for (int panel = panelFirst; panel < panelEnd; panel++)
        {
            int vectors = Panels<TV>.Vectors(filters.Outputs, panel);
            nint productStride = sets * (nint)vectors * TV.Count;
            float* b = Panels<TV>.At(filters.Data, plan.Elements * channels, filters.Outputs, panel, 0);
            for (int point = 0; point < WinogradPlan.Points; point++)
            {
                int depth = plan.InputCounts[point] * channels;
                int columns = (forward ? Math.Min(1, plan.Counts[point]) : plan.Counts[point]) * vectors;
                nint stride = WinogradTiles.RowStride(plan.InputCounts[point], channels);
                for (int column = 0; column < columns; column += 2)
                {
                    int together = Math.Min(2, columns - column);
                    for (int strip = 0; strip < strips; strip++)
                    {
                        int start = strip * tiles.Count / strips;
                        int height = ((strip + 1) * tiles.Count / strips) - start;
                        MicroKernels.Strided<TV>(
                            height, together, depth, points[point] + (start * stride), stride, 1, 0, 1, 0, b,
                            products + (point * pointStride) + (start * productStride) + (column * TV.Count), productStride, false);
                    }

                    b += (nint)depth * together * TV.Count;
                }
            }

            int channel = panel * Panels<TV>.Width;
            int width = Math.Min(Panels<TV>.Width, filters.Outputs - channel);
            for (int set = 0; set < sets; set++)
            {
                WinogradPhase phase = plan.Phases[set];
                for (int point = 0; point < WinogradPlan.Points; point++)
                {
                    int slot = forward ? 0 : Math.Max(0, phase.Slots[point]);
                    sums[point] = products + (point * pointStride) + (slot * (nint)vectors * TV.Count);
                }

                Write<TV>(phase, sums, productStride, tiles, output, channel, width, epilogue);
            }
        }
    }

    /// <summary>Sums the products of every tile to the outputs of a phase and finishes them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write<TV>(
        WinogradPhase phase, float** sums, nint productStride, WinogradTiles tiles, Image output, int channel, int channels, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        WinogradAxis rows = phase.Rows, columns = phase.Columns;
        int height = rows.Count(output.Height), width = columns.Count(output.Width);
        nint down = rows.Step * output.RowStride, right = columns.Step * output.PixelStride;
        int tile = 0;
        while (tile < tiles.Count)
        {
            (int n, int row, int column) = tiles.At(tile);
            int end = tile + tiles.RestOfRow(tile);
            int y = row * WinogradPlan.TileSize, x = column * WinogradPlan.TileSize;
            int lines = Math.Min(WinogradPlan.TileSize, height - y);
            int pixels = Math.Min((end - tile) * WinogradPlan.TileSize, width - x);
            float* target = output.At(n, rows.First + (y * rows.Step), columns.First + (x * columns.Step)) + channel;
            for (int left = pixels; tile < end; tile++, left -= WinogradPlan.TileSize)
            {
                if (left > 0 && lines > 0)
                {
                    WinogradTransforms.Output<TV>(
                        phase, sums, tile * productStride, channels, target + ((pixels - left) * right), down, right, lines, left);
                }
            }

            for (int line = 0; line < lines; line++)
            {
                epilogue.Apply<TV>(target + (line * down), right, pixels, channels, channel);
            }
        }
    }
}
