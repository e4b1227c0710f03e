using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>Convolutions and transposed convolutions over channels-last images, one- and two-dimensional.</summary>
/// <remarks>
/// Each is a product whose left-hand rows are pointers into the input: one output position reads one contiguous run of
/// floats per kernel row, so nothing is unfolded. A job copies the input rows that it needs into a zero-padded tile in its
/// second-level cache (which also joins the channels of several inputs) unless the input can be read in place, and
/// computes all output channels from it. Images too narrow to fill a micro-kernel's rows are unfolded instead, a block of
/// kernel taps at a time. Where minimal filtering needs half the products it is used instead. Every output is summed by one job in one order: results do not depend on the thread count.
/// </remarks>
internal static unsafe class Convolution
{
    /// <summary>Floats that the input tile of a job may take: a quarter of a 2 MiB second-level cache.</summary>
    private const int TileFloats = 128 * 1024;

    // Positions per job: enough to amortise streaming the filters and the input rows that neighbouring tiles both copy,
    // few enough to share out evenly; and columns of a tile.
    private const int FewestPositions = 84;
    private const int MostPositions = 1792;
    private const int MostColumns = 448;
    private const int JobsPerThread = 8;

    // Rows of an unfolded block, and floats of one of its rows.
    private const int UnfoldedRows = 112;
    private const int UnfoldedDepth = 768;

    // Below this many multiply-adds (about 10 µs on one thread) waking a worker costs more than it saves.
    private const long SerialWork = 400_000;

    private const int SlotTile = 2;
    private const int SlotSums = 3;

    /// <summary>
    /// Runs the operation that <paramref name="filters"/> were packed for and then <paramref name="epilogue"/> over its
    /// output channels. The inputs share batch, height and width; their channels are joined in this order. The size of
    /// <paramref name="output"/> decides how much is computed; positions that no input reaches get the bias alone.
    /// </summary>
    public static void Apply(
        WorkerPool pool, ReadOnlySpan<Image> inputs, PackedFilters filters, Image output, Epilogue epilogue = default)
    {
        int channels = 0;
        foreach (Image input in inputs)
        {
            Debug.Assert(
                input.Batch == output.Batch && input.Height == inputs[0].Height && input.Width == inputs[0].Width, "input sizes");
            channels += input.Channels;
        }

        Debug.Assert(channels == filters.Inputs && output.Channels == filters.Outputs, "channels");
        Debug.Assert(output.ChannelStride == 1 || output.Channels == 1, "output channels must be contiguous");
        if (output.Batch == 0 || output.Height == 0 || output.Width == 0)
        {
            return;
        }

        switch (filters.Width)
        {
            case VectorWidth.Avx512:
                Apply<Wide512>(pool, inputs.ToArray(), filters, output, epilogue);
                break;
            case VectorWidth.Avx2:
                Apply<Wide256>(pool, inputs.ToArray(), filters, output, epilogue);
                break;
            default:
                Apply<Wide128>(pool, inputs.ToArray(), filters, output, epilogue);
                break;
        }

        GC.KeepAlive(filters); // the kernels saw only its address
    }

    private static void Apply<TV>(WorkerPool pool, Image[] inputs, PackedFilters filters, Image output, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        if (filters.Winograd is { } plan)
        {
            WinogradConvolution.Apply<TV>(pool, inputs, filters, plan, output, epilogue);
            return;
        }

        if (filters.IsThin)
        {
            ThinConvolution.Apply<TV>(pool, inputs, filters, output, epilogue);
            return;
        }

        if (IsPointwise(filters.Geometry) && CanFlatten(output) && Array.TrueForAll(inputs, CanFlatten)
            && inputs[0].Height == output.Height && inputs[0].Width == output.Width)
        {
            inputs = Array.ConvertAll(inputs, input => input.Flattened());
            output = output.Flattened();
        }

        int columns = filters.ColumnPhases.Max(phase => phase.Count(output.Width));

        // Half a tile of rows still runs at nearly full speed.
        if (columns < TV.TileRows / 2 && (output.Height > 1 || output.Batch > 1))
        {
            ApplyUnfolded<TV>(pool, inputs, filters, output, epilogue);
        }
        else
        {
            ApplyTiled<TV>(pool, inputs, filters, output, epilogue);
        }
    }

    private static bool IsPointwise(ConvolutionGeometry geometry) =>
        geometry is { KernelHeight: 1, KernelWidth: 1, StrideHeight: 1, StrideWidth: 1, PadTop: 0, PadLeft: 0 };

    private static bool CanFlatten(Image image) => image.RowsAreJoined && image.ImagesAreJoined;

    private static void ApplyTiled<TV>(WorkerPool pool, Image[] inputs, PackedFilters filters, Image output, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        int rows = filters.RowPhases.Max(phase => phase.Count(output.Height));
        int columns = filters.ColumnPhases.Max(phase => phase.Count(output.Width));
        int panels = Panels<TV>.CountFor(filters.Outputs);
        int phases = filters.RowPhases.Length * filters.ColumnPhases.Length;
        long positions = (long)output.Batch * rows * columns;
        int wanted = (int)Math.Clamp(positions / (pool.Threads * JobsPerThread), FewestPositions / phases, MostPositions);

        // Whole rows where they are short; else pieces, and then one row at a time.
        int columnJobs = (columns + MostColumns - 1) / MostColumns;
        if (output.Batch * rows < pool.Threads * 2)
        {
            columnJobs = Math.Max(columnJobs, (columns + wanted - 1) / wanted);
        }

        int columnsPerJob = (columns + columnJobs - 1) / columnJobs;
        ConvolutionTiles tiles = new(filters, inputs.Sum(input => input.Channels), columnsPerJob);
        int rowsPerJob = Math.Clamp(wanted / columnsPerJob, 1, rows);
        while (rowsPerJob > 1 && tiles.Floats(rowsPerJob) > TileFloats)
        {
            rowsPerJob--;
        }

        int rowJobs = (rows + rowsPerJob - 1) / rowsPerJob;
        if (output.Batch * columnJobs == 1)
        {
            // As many jobs for one thread as for the other.
            rowJobs = Math.Min(rows, (rowJobs + pool.Threads - 1) / pool.Threads * pool.Threads);
        }

        int tileJobs = output.Batch * rowJobs * columnJobs;
        int panelJobs = 1;
        long work = positions * filters.Outputs * filters.Inputs * filters.Geometry.KernelHeight * filters.Geometry.KernelWidth;
        if (work < SerialWork)
        {
            WorkerInline(pool, tileJobs);
            return;
        }

        if (tileJobs < pool.Threads * 2)
        {
            panelJobs = Math.Min(panels, ((pool.Threads * 4) + tileJobs - 1) / tileJobs);
        }

        pool.Run(tileJobs * panelJobs, Job);

        void WorkerInline(WorkerPool workers, int jobs) => workers.Run(1, (_, worker) =>
        {
            for (int job = 0; job < jobs; job++)
            {
                Job(job, worker);
            }
        });

        void Job(int job, int worker)
        {
            int panelJob = job % panelJobs;
            int columnJob = job / panelJobs % columnJobs;
            int rowJob = job / panelJobs / columnJobs % rowJobs;
            int n = job / panelJobs / columnJobs / rowJobs;
            Tile<TV>(
                pool.Scratch(worker), inputs, filters, output, epilogue, tiles, n,
                (int)((long)rowJob * rows / rowJobs), (int)((rowJob + 1L) * rows / rowJobs),
                (int)((long)columnJob * columns / columnJobs), (int)((columnJob + 1L) * columns / columnJobs),
                (int)((long)panelJob * panels / panelJobs), (int)((panelJob + 1L) * panels / panelJobs));
        }
    }

    /// <summary>Positions [rowFirst, rowEnd) x [columnFirst, columnEnd) of every phase of one image.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TV>(
        ScratchBuffers scratch, Image[] inputs, PackedFilters filters, Image output, Epilogue epilogue, ConvolutionTiles tiles,
        int n, int rowFirst, int rowEnd, int columnFirst, int columnEnd, int panelFirst, int panelEnd)
        where TV : struct, IVector<TV>
    {
        int inputRow = tiles.InputRow(rowFirst);
        int inputRows = tiles.InputRows(rowEnd - rowFirst);
        int inputColumn = tiles.InputColumn(columnFirst);
        int inputColumns = tiles.InputColumns(columnEnd - columnFirst);
        int channels = filters.Inputs;
        float* source;
        nint rowStride;
        nint pixelStride;
        if (inputs.Length == 1 && inputs[0].ChannelStride == 1 && inputRow >= 0 && inputColumn >= 0
            && inputRow + inputRows <= inputs[0].Height && inputColumn + inputColumns <= inputs[0].Width)
        {
            source = inputs[0].At(n, inputRow, inputColumn);
            rowStride = inputs[0].RowStride;
            pixelStride = inputs[0].PixelStride;
        }
        else
        {
            pixelStride = tiles.PixelStride;
            rowStride = inputColumns * pixelStride;
            source = scratch.Get(SlotTile, inputRows * rowStride);
            InputTile.Fill<TV>(inputs, n, inputRow, inputRows, inputColumn, inputColumns, source, rowStride, pixelStride);
        }

        float* edge = stackalloc float[TV.TileRows * Panels<TV>.Width];
        for (int rowPhase = 0; rowPhase < filters.RowPhases.Length; rowPhase++)
        {
            AxisPhase down = filters.RowPhases[rowPhase];
            int lastRow = Math.Min(rowEnd, down.Count(output.Height));
            for (int columnPhase = 0; columnPhase < filters.ColumnPhases.Length; columnPhase++)
            {
                AxisPhase across = filters.ColumnPhases[columnPhase];
                int positions = Math.Min(columnEnd, across.Count(output.Width)) - columnFirst;
                int strips = (positions + TV.TileRows - 1) / TV.TileRows;
                int depth = down.Taps * across.Taps * channels;
                float* weights = filters.PhaseData<TV>(rowPhase, columnPhase);

                // A kernel row is one run where its taps are neighbours, else a run per tap.
                bool joined = across.TapStep == 1 && pixelStride == channels;
                nint length = joined ? across.Taps * channels : channels;
                nint inner = joined ? 1 : across.Taps;
                nint innerStride = across.TapStep * pixelStride;
                nint outerStride = down.TapStep * rowStride;
                nint step = across.InputStride * pixelStride;
                nint outputStep = across.Step * output.PixelStride;
                float* first = source + ((across.Offset - tiles.FirstColumn) * pixelStride);
                for (int panel = panelFirst; panel < panelEnd; panel++)
                {
                    int vectors = Panels<TV>.Vectors(filters.Outputs, panel);
                    int channel = panel * Panels<TV>.Width;
                    int width = Math.Min(vectors * TV.Count, filters.Outputs - channel);
                    float* b = Panels<TV>.At(weights, depth, filters.Outputs, panel, 0);
                    for (int row = rowFirst; row < lastRow; row++)
                    {
                        float* from = first + ((((row - rowFirst) * down.InputStride) + down.Offset - tiles.FirstRow) * rowStride);
                        float* to = output.At(n, down.First + (row * down.Step), across.First + (columnFirst * across.Step)) + channel;
                        for (int strip = 0; strip < strips; strip++)
                        {
                            int start = strip * positions / strips;
                            int height = ((strip + 1) * positions / strips) - start;
                            float* a = from + (start * step);
                            float* c = to + (start * outputStep);
                            if (width == vectors * TV.Count)
                            {
                                MicroKernels.Strided<TV>(
                                    height, vectors, length, a, step, inner, innerStride, down.Taps, outerStride, b, c, outputStep, false);
                            }
                            else
                            {
                                MicroKernels.Strided<TV>(
                                    height, vectors, length, a, step, inner, innerStride, down.Taps, outerStride, b, edge,
                                    Panels<TV>.Width, false);
                                Tiles.Write<TV>(edge, Panels<TV>.Width, c, outputStep, height, width, false);
                            }

                            epilogue.Apply<TV>(c, outputStep, height, width, channel);
                        }
                    }
                }
            }
        }
    }

    private static void ApplyUnfolded<TV>(WorkerPool pool, Image[] inputs, PackedFilters filters, Image output, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        int panels = Panels<TV>.CountFor(filters.Outputs);
        int phases = filters.RowPhases.Length * filters.ColumnPhases.Length;
        int rows = filters.RowPhases.Max(phase => phase.Count(output.Height));
        int columns = filters.ColumnPhases.Max(phase => phase.Count(output.Width));
        int positions = output.Batch * rows * columns;
        int fewestRowJobs = (positions + UnfoldedRows - 1) / UnfoldedRows;
        int rowJobs = fewestRowJobs;
        int panelJobs = 1;
        long work = (long)positions * filters.Outputs * filters.Inputs * filters.Geometry.KernelHeight * filters.Geometry.KernelWidth;
        if (work >= SerialWork && pool.Threads > 1)
        {
            // Splitting the positions reads all filters once more per part, splitting the panels unfolds the input once
            // more; take the cheapest way to enough jobs.
            int wanted = (int)Math.Max(1, ((pool.Threads * 4L) + phases - 1) / phases);
            long best = long.MaxValue;
            for (int split = 1; split <= Math.Min(panels, wanted); split++)
            {
                int parts = Math.Min(Math.Max(fewestRowJobs, (wanted + split - 1) / split), Math.Max(fewestRowJobs, positions / TV.TileRows));
                bool enough = (long)parts * split >= wanted;
                long cost = ((long)parts * filters.Outputs) + ((long)split * positions) + (enough ? 0 : int.MaxValue);
                if (cost < best)
                {
                    best = cost;
                    rowJobs = parts;
                    panelJobs = split;
                }
            }
        }

        pool.Run(phases * rowJobs * panelJobs, (job, worker) =>
        {
            int phase = job % phases;
            int panelJob = job / phases % panelJobs;
            int rowJob = job / phases / panelJobs;
            Unfolded<TV>(
                pool.Scratch(worker), inputs, filters, output, epilogue, phase / filters.ColumnPhases.Length,
                phase % filters.ColumnPhases.Length, rowJob, rowJobs,
                (int)((long)panelJob * panels / panelJobs), (int)((panelJob + 1L) * panels / panelJobs));
        });
    }

    /// <summary>A share of the positions of one phase, over all images, as a product of unfolded rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unfolded<TV>(
        ScratchBuffers scratch, Image[] inputs, PackedFilters filters, Image output, Epilogue epilogue, int rowPhase,
        int columnPhase, int rowJob, int rowJobs, int panelFirst, int panelEnd)
        where TV : struct, IVector<TV>
    {
        AxisPhase down = filters.RowPhases[rowPhase];
        AxisPhase across = filters.ColumnPhases[columnPhase];
        int phaseRows = down.Count(output.Height);
        int phaseColumns = across.Count(output.Width);
        int total = output.Batch * phaseRows * phaseColumns;
        int first = (int)((long)rowJob * total / rowJobs);
        int count = (int)((rowJob + 1L) * total / rowJobs) - first;
        if (count == 0)
        {
            return;
        }

        int channels = filters.Inputs;
        int taps = down.Taps * across.Taps;
        int depth = taps * channels;
        int tapsPerBlock = Math.Max(1, UnfoldedDepth / channels);

        // The rows of a micro-kernel must not fall into few sets of the cache: keep them off multiples of 2 KiB.
        nint stride = Math.Min(taps, tapsPerBlock) * channels;
        stride = stride % 512 == 0 ? stride + 16 : stride;
        float* unfolded = scratch.Get(SlotTile, count * stride);
        int panelWidth = Panels<TV>.Width;
        nint panelSums = (nint)count * panelWidth;
        float* sums = scratch.Get(SlotSums, (panelEnd - panelFirst) * panelSums);
        float* weights = filters.PhaseData<TV>(rowPhase, columnPhase);
        int strips = (count + TV.TileRows - 1) / TV.TileRows;
        for (int tapFirst = 0; tapFirst < Math.Max(1, taps); tapFirst += tapsPerBlock)
        {
            int tapEnd = Math.Min(taps, tapFirst + tapsPerBlock);
            for (int i = 0; i < count; i++)
            {
                int position = first + i;
                int column = position % phaseColumns;
                int row = position / phaseColumns % phaseRows;
                int n = position / phaseColumns / phaseRows;
                float* target = unfolded + (i * stride);
                for (int tap = tapFirst; tap < tapEnd; tap++, target += channels)
                {
                    InputTile.FillPixel<TV>(
                        inputs, n, (row * down.InputStride) + down.Offset + (tap / across.Taps * down.TapStep),
                        (column * across.InputStride) + across.Offset + (tap % across.Taps * across.TapStep), 0, channels, target);
                }
            }

            for (int panel = panelFirst; panel < panelEnd; panel++)
            {
                int vectors = Panels<TV>.Vectors(filters.Outputs, panel);
                float* b = Panels<TV>.At(weights, depth, filters.Outputs, panel, tapFirst * channels);
                float* c = sums + ((panel - panelFirst) * panelSums);
                for (int strip = 0; strip < strips; strip++)
                {
                    int start = strip * count / strips;
                    int height = ((strip + 1) * count / strips) - start;
                    MicroKernels.Strided<TV>(
                        height, vectors, (tapEnd - tapFirst) * channels, unfolded + (start * stride), stride, 1, 0, 1, 0, b,
                        c + (start * panelWidth), panelWidth, tapFirst > 0);
                }
            }
        }

        for (int panel = panelFirst; panel < panelEnd; panel++)
        {
            int channel = panel * panelWidth;
            int width = Math.Min(panelWidth, filters.Outputs - channel);
            float* c = sums + ((panel - panelFirst) * panelSums);
            epilogue.Apply<TV>(c, panelWidth, count, width, channel);
            for (int i = 0; i < count; i++)
            {
                int position = first + i;
                int column = position % phaseColumns;
                int row = position / phaseColumns % phaseRows;
                int n = position / phaseColumns / phaseRows;
                float* target = output.At(n, down.First + (row * down.Step), across.First + (column * across.Step));
                Packing.CopyRun<TV>(c + (i * panelWidth), target + channel, width);
            }
        }
    }
}
