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

        // Lines of contributions are written in whole panels from any column on, and read in whole vectors.
        int line = inputColumns + Panels<TV>.Width;
        int taps = filters.Geometry.KernelHeight * filters.Geometry.KernelWidth;
        nint stride = ((nint)inputRows * line) + TV.Count;
        float* contributions = scratch.Get(SlotTaps, taps * filters.Outputs * stride);
        for (int y = 0; y < inputRows; y++)
        {
            Contribute<TV>(
                scratch, inputs, filters, n, tiles.InputRow(rowFirst) + y, tiles.InputColumn(columnFirst), inputColumns,
                contributions + ((nint)y * line), stride);
        }

        float* sums = scratch.Get(SlotLine, columnEnd - columnFirst + TV.Count);
        nint* offsets = stackalloc nint[taps];
        foreach (AxisPhase down in filters.RowPhases)
        {
            int lastRow = Math.Min(rowEnd, down.Count(output.Height));
            foreach (AxisPhase across in filters.ColumnPhases)
            {
                int count = Math.Min(columnEnd, across.Count(output.Width)) - columnFirst;
                if (count <= 0)
                {
                    continue;
                }

                for (int tap = 0; tap < down.Taps * across.Taps; tap++)
                {
                    int ty = tap / across.Taps;
                    int tx = tap % across.Taps;
                    int ky = down.FirstTap + (ty * down.TapDirection);
                    int kx = across.FirstTap + (tx * across.TapDirection);
                    offsets[tap] = (((ky * filters.Geometry.KernelWidth) + kx) * filters.Outputs * stride)
                        + ((nint)ty * down.TapStep * line) + ((nint)tx * across.TapStep);
                }

                for (int row = rowFirst; row < lastRow; row++)
                {
                    float* from = contributions + ((nint)(row - rowFirst + down.Offset - tiles.FirstRow) * line)
                        + across.Offset - tiles.FirstColumn;
                    float* to = output.At(n, down.First + (row * down.Step), across.First + (columnFirst * across.Step));
                    for (int channel = 0; channel < filters.Outputs; channel++)
                    {
                        SumTaps<TV>(from + (channel * stride), offsets, down.Taps * across.Taps, count, sums);
                        epilogue.ApplyToChannel<TV>(sums, (count + TV.Count - 1) / TV.Count, channel);
                        Scatter(sums, count, to + channel, across.Step * output.PixelStride);
                    }
                }
            }
        }
    }

    /// <summary>
    /// What the input line <paramref name="y"/> contributes through every tap: target[tap · stride + x], zero where the
    /// line or column lies outside the input.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Contribute<TV>(
        ScratchBuffers scratch, Image[] inputs, PackedFilters filters, int n, int y, int column, int columns, float* target,
        nint stride)
        where TV : struct, IVector<TV>
    {
        int taps = filters.Geometry.KernelHeight * filters.Geometry.KernelWidth * filters.Outputs;
        bool inside = y >= 0 && y < inputs[0].Height;
        int left = inside ? Math.Clamp(-column, 0, columns) : columns;
        int right = inside ? Math.Clamp(inputs[0].Width - column, left, columns) : columns;
        int strips = (taps + TV.TileRows - 1) / TV.TileRows;
        float* panel = scratch.Get(SlotPanel, (long)filters.Inputs * Panels<TV>.Width);
        for (int x = left; x < right; x += Panels<TV>.Width)
        {
            int pixels = Math.Min(Panels<TV>.Width, right - x);
            int vectors = pixels <= TV.Count ? 1 : 2;
            int width = vectors * TV.Count;
            float* rows = panel;
            foreach (Image input in inputs)
            {
                Packing.Copy<TV>(
                    input.At(n, y, column + x), input.ChannelStride, input.PixelStride, input.Channels, pixels, rows, width, width);
                rows += input.Channels * width;
            }

            for (int strip = 0; strip < strips; strip++)
            {
                int start = strip * taps / strips;
                int height = ((strip + 1) * taps / strips) - start;
                MicroKernels.Outer<TV>(
                    height, vectors, filters.Inputs, filters.Data + start, taps, panel, width, 1, 0, 0,
                    target + (start * stride) + x, stride, false);
            }
        }

        for (int tap = 0; tap < taps; tap++)
        {
            Packing.Clear<TV>(target + (tap * stride), left);
            Packing.Clear<TV>(target + (tap * stride) + right, columns - right);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTaps<TV>(float* contributions, nint* offsets, int taps, int count, float* sums)
        where TV : struct, IVector<TV>
    {
        int i = 0;
        for (; i + TV.Count < count; i += 2 * TV.Count)
        {
            TV first = TV.Zero;
            TV second = TV.Zero;
            for (int tap = 0; tap < taps; tap++)
            {
                float* from = contributions + offsets[tap] + i;
                first += TV.Load(from);
                second += TV.Load(from + TV.Count);
            }

            TV.Store(first, sums + i);
            TV.Store(second, sums + i + TV.Count);
        }

        if (i < count)
        {
            TV sum = TV.Zero;
            for (int tap = 0; tap < taps; tap++)
            {
                sum += TV.Load(contributions + offsets[tap] + i);
            }

            TV.Store(sum, sums + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(float* line, int count, float* target, nint step)
    {
        for (int i = 0; i < count; i++, target += step)
        {
            *target = line[i];
        }
    }
}
