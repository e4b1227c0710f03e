using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>
/// Transposed convolutions and convolutions of stride 1 to so few channels that a vector of output channels would be
/// mostly empty: the last layers of mask networks.
/// </summary>
/// <remarks>
/// Vectors run along positions instead. One product gives, for every input position, its contribution through every kernel
/// tap, [tap · channel][position]; an output then sums its taps' rows, shifted.
/// </remarks>
internal static unsafe class ThinConvolution
{
    private const int MostPositions = 1024;
    private const int JobsPerThread = 4;
    private const int SlotTile = 2;
    private const int SlotPanel = 3;
    private const int SlotTaps = 4;
    private const int SlotLine = 5;

    public static bool Suits(VectorWidth width, int outputs, ConvolutionGeometry geometry, ConvolutionDirection direction)
    {
        int lanes = width switch
        {
            VectorWidth.Avx512 => 16,
            VectorWidth.Avx2 => 8,
            _ => 4,
        };
        return outputs * 4 <= lanes && geometry.KernelHeight * geometry.KernelWidth > 1
            && (direction == ConvolutionDirection.Transposed || geometry is { StrideHeight: 1, StrideWidth: 1 });
    }

    /// <summary>[input channel][kernel row][kernel column][output channel].</summary>
    public static void Pack(FilterBank weights, ConvolutionGeometry geometry, float* target)
    {
        for (int channel = 0; channel < weights.Inputs; channel++)
        {
            for (int ky = 0; ky < geometry.KernelHeight; ky++)
            {
                for (int kx = 0; kx < geometry.KernelWidth; kx++)
                {
                    float* source = weights.Data + (channel * weights.InputStride) + (ky * weights.RowStride)
                        + (kx * weights.ColumnStride);
                    for (int output = 0; output < weights.Outputs; output++)
                    {
                        *target++ = source[output * weights.OutputStride];
                    }
                }
            }
        }
    }

    public static void Apply<TV>(WorkerPool pool, Image[] inputs, PackedFilters filters, Image output, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        int rows = filters.RowPhases.Max(phase => phase.Count(output.Height));
        int columns = filters.ColumnPhases.Max(phase => phase.Count(output.Width));
        long positions = (long)output.Batch * rows * columns;
        int wanted = (int)Math.Clamp(positions / (pool.Threads * JobsPerThread), 64, MostPositions);
        int columnJobs = (columns + MostPositions - 1) / MostPositions;
        int columnsPerJob = (columns + columnJobs - 1) / columnJobs;
        int rowsPerJob = Math.Clamp(wanted / columnsPerJob, 1, rows);
        int rowJobs = (rows + rowsPerJob - 1) / rowsPerJob;
        ConvolutionTiles tiles = new(filters, filters.Inputs, columnsPerJob);
        pool.Run(output.Batch * rowJobs * columnJobs, (job, worker) =>
        {
            int columnJob = job % columnJobs;
            int rowJob = job / columnJobs % rowJobs;
            Tile<TV>(
                pool.Scratch(worker), inputs, filters, output, epilogue, tiles, job / columnJobs / rowJobs,
                (int)((long)rowJob * rows / rowJobs), (int)((rowJob + 1L) * rows / rowJobs),
                (int)((long)columnJob * columns / columnJobs), (int)((columnJob + 1L) * columns / columnJobs));
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TV>(
        ScratchBuffers scratch, Image[] inputs, PackedFilters filters, Image output, Epilogue epilogue, ConvolutionTiles tiles,
        int n, int rowFirst, int rowEnd, int columnFirst, int columnEnd)
        where TV : struct, IVector<TV>
    {
        int inputRows = tiles.InputRows(rowEnd - rowFirst);
        int inputColumns = tiles.InputColumns(columnEnd - columnFirst);
        int pixels = inputRows * inputColumns;
        int channels = filters.Inputs;
        float* tile = scratch.Get(SlotTile, (long)pixels * channels);
        InputTile.Fill<TV>(
            inputs, n, tiles.InputRow(rowFirst), inputRows, tiles.InputColumn(columnFirst), inputColumns, tile,
            (nint)inputColumns * channels, channels);

        // A line of sums is read and written in whole vectors: room for one more at the end of every row of taps.
        int panelWidth = Panels<TV>.Width;
        int panels = (pixels + panelWidth - 1) / panelWidth;
        nint stride = (panels * panelWidth) + TV.Count;
        int taps = filters.Geometry.KernelHeight * filters.Geometry.KernelWidth * filters.Outputs;
        int strips = (taps + TV.TileRows - 1) / TV.TileRows;
        float* contributions = scratch.Get(SlotTaps, taps * stride);
        float* panel = scratch.Get(SlotPanel, (long)channels * panelWidth);
        for (int i = 0; i < panels; i++)
        {
            Packing.Copy<TV>(
                tile + ((nint)i * panelWidth * channels), 1, channels, channels, Math.Min(panelWidth, pixels - (i * panelWidth)),
                panel, panelWidth, panelWidth);
            for (int strip = 0; strip < strips; strip++)
            {
                int start = strip * taps / strips;
                int height = ((strip + 1) * taps / strips) - start;
                MicroKernels.Outer<TV>(
                    height, 2, channels, filters.Data + start, taps, panel, panelWidth, 1, 0, 0,
                    contributions + (start * stride) + (i * panelWidth), stride, false);
            }
        }

        float* line = scratch.Get(SlotLine, columnEnd - columnFirst + TV.Count);
        foreach (AxisPhase down in filters.RowPhases)
        {
            int lastRow = Math.Min(rowEnd, down.Count(output.Height));
            for (int row = rowFirst; row < lastRow; row++)
            {
                int inputRow = row - rowFirst + down.Offset - tiles.FirstRow;
                foreach (AxisPhase across in filters.ColumnPhases)
                {
                    int count = Math.Min(columnEnd, across.Count(output.Width)) - columnFirst;
                    float* from = contributions + ((nint)inputRow * inputColumns) + across.Offset - tiles.FirstColumn;
                    float* to = output.At(n, down.First + (row * down.Step), across.First + (columnFirst * across.Step));
                    for (int channel = 0; channel < filters.Outputs && count > 0; channel++)
                    {
                        SumTaps<TV>(
                            from + (channel * stride), stride * filters.Outputs, filters.Geometry.KernelWidth, inputColumns, down,
                            across, count, line);
                        epilogue.ApplyToChannel<TV>(line, (count + TV.Count - 1) / TV.Count, channel);
                        Scatter(line, count, to + channel, across.Step * output.PixelStride);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTaps<TV>(
        float* contributions, nint tapStride, int kernelWidth, int inputColumns, AxisPhase down, AxisPhase across, int count,
        float* line)
        where TV : struct, IVector<TV>
    {
        for (int i = 0; i < count; i += TV.Count)
        {
            TV sum = TV.Zero;
            for (int ty = 0; ty < down.Taps; ty++)
            {
                int ky = down.FirstTap + (ty * down.TapDirection);
                float* row = contributions + ((nint)ty * down.TapStep * inputColumns) + i;
                for (int tx = 0; tx < across.Taps; tx++)
                {
                    int kx = across.FirstTap + (tx * across.TapDirection);
                    sum += TV.Load(row + (((ky * kernelWidth) + kx) * tapStride) + ((nint)tx * across.TapStep));
                }
            }

            TV.Store(sum, line + i);
        }
    }

    private static void Scatter(float* line, int count, float* target, nint step)
    {
        for (int i = 0; i < count; i++, target += step)
        {
            *target = line[i];
        }
    }
}
