using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>
/// The gradient of a convolution's weights. Of the two images of a convolution one is strided over the other; this sees
/// them as <c>small</c> (a convolution's result, a transposed one's input) and <c>large</c> (the other), and computes
/// gradient[s, l, ky, kx] = Σ small[n, y, x, s] · large[n, y · stride + ky · dilation - pad, …, l].
/// </summary>
/// <remarks>
/// Products of the transposed unfolded image with the other one, reduced over positions. Where there are many positions and
/// few weights, the positions are shared out, each share has its own sums, and these are added in the order of the shares.
/// Where there are many weights, the weights are shared out. Both are fixed by the sizes and the number of threads, so
/// results repeat exactly for a given number of threads.
/// </remarks>
internal static unsafe class WeightGradient
{
    // Weights that one worker's own sums may have: half of a 2 MiB second-level cache.
    private const int MostPrivateSums = 256 * 1024;

    // Positions per micro-kernel call: enough to hide reading and writing the tile of sums.
    private const int TilePositions = 224;
    private const int TileFloats = 96 * 1024;
    private const int BlockPositions = 256;
    private const int BlockWeights = 448;
    private const int SharesPerThread = 4;

    private const int SlotLarge = 2;
    private const int SlotSmall = 3;
    private const int SlotUnfolded = 4;
    private const int SlotSums = 5;

    /// <summary>
    /// Computes the gradient for the geometry of the convolution from <paramref name="large"/> to
    /// <paramref name="small"/>; <paramref name="gradient"/> has the channels of small as outputs, of large as inputs. The
    /// channels of several images on one side are joined in their order. With <paramref name="minimal"/> by minimal
    /// filtering, which the geometry must have.
    /// </summary>
    public static void Compute(
        WorkerPool pool, VectorWidth width, ReadOnlySpan<Image> large, ReadOnlySpan<Image> small,
        ConvolutionGeometry geometry, FilterBank gradient, bool accumulate = false, bool minimal = false)
    {
        WeightGradientOperands operands = new(large.ToArray(), small.ToArray(), geometry, gradient, accumulate);
        switch (width)
        {
            case VectorWidth.Avx512:
                Compute<Wide512>(pool, operands, minimal);
                break;
            case VectorWidth.Avx2:
                Compute<Wide256>(pool, operands, minimal);
                break;
            default:
                Compute<Wide128>(pool, operands, minimal);
                break;
        }
    }

    private static void Compute<TV>(WorkerPool pool, WeightGradientOperands o, bool minimal)
        where TV : struct, IVector<TV>
    {
        Debug.Assert(o.Large.Sum(image => image.Channels) == o.LargeChannels, "channels of large");
        Debug.Assert(o.Small.Sum(image => image.Channels) == o.SmallChannels, "channels of small");
        if (minimal)
        {
            WinogradWeightGradient.Compute<TV>(pool, o);
            return;
        }

        int columns = (o.SmallChannels + TV.Count - 1) / TV.Count * TV.Count;
        long sums = (long)o.Depth * columns;
        long positions = (long)o.Small[0].Batch * o.Small[0].Height * o.Small[0].Width;

        // Unfolding costs one copy per weight row and position: too much against few columns.
        bool fewWeights = sums <= MostPrivateSums && positions >= 64L * pool.Threads;
        if (fewWeights || columns <= 2 * TV.Count)
        {
            SharePositions<TV>(pool, o, columns);
        }
        else
        {
            ShareWeights<TV>(pool, o, columns);
        }
    }

    private static void SharePositions<TV>(WorkerPool pool, WeightGradientOperands o, int columns)
        where TV : struct, IVector<TV>
    {
        Image small = o.Small[0];
        int columnTiles = (small.Width + (2 * TilePositions) - 1) / (2 * TilePositions);
        int columnsPerTile = (small.Width + columnTiles - 1) / columnTiles;
        int rowsPerTile = Math.Clamp(TilePositions / Math.Max(1, columnsPerTile), 1, Math.Max(1, small.Height));
        while (rowsPerTile > 1 && o.LargeRows(rowsPerTile) * (long)o.LargeColumns(columnsPerTile) * o.LargeChannels > TileFloats)
        {
            rowsPerTile--;
        }

        int rowTiles = (small.Height + rowsPerTile - 1) / rowsPerTile;
        int tiles = small.Batch * rowTiles * columnTiles;
        long sums = (long)o.Depth * columns;
        int perThread = sums <= MostPrivateSums / 4 ? SharesPerThread : sums <= MostPrivateSums ? 2 : 1;
        int shares = Math.Max(1, Math.Min(tiles, pool.Threads == 1 ? 1 : pool.Threads * perThread));
        ScratchBuffers shared = pool.RentShared();
        float* all = shared.Get(SlotSums, shares * sums);
        pool.Run(shares, (share, worker) =>
        {
            float* own = all + (share * sums);
            Packing.Clear<TV>(own, (int)sums);
            int end = (int)((share + 1L) * tiles / shares);
            for (int tile = (int)((long)share * tiles / shares); tile < end; tile++)
            {
                int rowTile = tile / columnTiles % rowTiles;
                int columnTile = tile % columnTiles;
                AddTile<TV>(
                    pool.Scratch(worker), o, own, columns, tile / columnTiles / rowTiles,
                    (int)((long)rowTile * small.Height / rowTiles), (int)((rowTile + 1L) * small.Height / rowTiles),
                    (int)((long)columnTile * small.Width / columnTiles), (int)((columnTile + 1L) * small.Width / columnTiles));
            }
        });

        int parts = sums < 32_768 ? 1 : pool.Threads * 2;
        pool.Run(parts, (part, _) =>
        {
            int first = (int)((long)part * o.Depth / parts);
            int end = (int)((part + 1L) * o.Depth / parts);
            float* total = all + ((nint)first * columns);
            for (int share = 1; share < shares; share++)
            {
                Add<TV>(total + (share * sums), total, (end - first) * columns);
            }

            for (int k = first; k < end; k++)
            {
                int tap = k / o.LargeChannels;
                o.Write<TV>(all + ((nint)k * columns), columns, tap, 1, k % o.LargeChannels, 1);
            }
        });
        pool.ReturnShared(shared);
    }

    /// <summary>Adds what a rectangle of positions of small contributes to sums [ky, kx, l][s].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile<TV>(
        ScratchBuffers scratch, WeightGradientOperands o, float* sums, int columns, int n, int rowFirst, int rowEnd, int columnFirst,
        int columnEnd)
        where TV : struct, IVector<TV>
    {
        ConvolutionGeometry g = o.Geometry;
        int rows = rowEnd - rowFirst;
        int width = columnEnd - columnFirst;
        Image only = o.Small[0];
        float* b;
        nint bStride;
        nint bRow;
        if (o.Small.Length == 1 && only.ChannelStride == 1 && only.Channels == columns)
        {
            b = only.At(n, rowFirst, columnFirst);
            bStride = only.PixelStride;
            bRow = only.RowStride;
        }
        else
        {
            bStride = columns;
            bRow = (nint)width * columns;
            b = scratch.Get(SlotSmall, rows * bRow);
            Packing.Clear<TV>(b, (int)(rows * bRow));
            InputTile.Fill<TV>(o.Small, n, rowFirst, rows, columnFirst, width, b, bRow, bStride);
        }

        int channels = o.LargeChannels;
        int largeRows = o.LargeRows(rows);
        int largeColumns = o.LargeColumns(width);
        nint pixel = channels;
        nint line = (nint)largeColumns * channels;
        float* large = scratch.Get(SlotLarge, largeRows * line);
        InputTile.Fill<TV>(
            o.Large, n, (rowFirst * g.StrideHeight) - g.PadTop, largeRows, (columnFirst * g.StrideWidth) - g.PadLeft,
            largeColumns, large, line, pixel);

        bool joined = g.DilationWidth == 1;
        int run = joined ? g.KernelWidth * channels : channels;
        if (run < TV.TileRows / 2 && o.Depth > run)
        {
            float* unfolded = scratch.Get(SlotUnfolded, (long)rows * width * o.Depth);
            Unfold<TV>(g, large, line, channels, rows, width, run, unfolded);
            nint next = (nint)width * o.Depth;
            AddRun<TV>(unfolded, o.Depth, o.Depth, next, b, bStride, bRow, rows, width, sums, columns, o.SmallChannels);
            return;
        }

        int runs = joined ? 1 : g.KernelWidth;
        for (int ky = 0; ky < g.KernelHeight; ky++)
        {
            for (int kx = 0; kx < runs; kx++)
            {
                float* a = large + (ky * g.DilationHeight * line) + (kx * g.DilationWidth * pixel);
                float* target = sums + ((((nint)ky * runs) + kx) * run * columns);
                AddRun<TV>(
                    a, run, g.StrideWidth * pixel, g.StrideHeight * line, b, bStride, bRow, rows, width, target, columns,
                    o.SmallChannels);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unfold<TV>(
        ConvolutionGeometry g, float* large, nint line, int channels, int rows, int width, int run, float* unfolded)
        where TV : struct, IVector<TV>
    {
        int runs = g.KernelWidth * channels / run;
        nint across = g.DilationWidth * (nint)channels;
        for (int y = 0; y < rows; y++)
        {
            float* position = large + (y * g.StrideHeight * line);
            for (int x = 0; x < width; x++, position += g.StrideWidth * channels)
            {
                float* kernelRow = position;
                for (int ky = 0; ky < g.KernelHeight; ky++, kernelRow += g.DilationHeight * line)
                {
                    for (int kx = 0; kx < runs; kx++, unfolded += run)
                    {
                        Packing.CopyRun<TV>(kernelRow + (kx * across), unfolded, run);
                    }
                }
            }
        }
    }

    /// <summary>target[m][s] += Σ a[position][m] · b[position][s] for m in [0, run).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRun<TV>(
        float* a, int run, nint aStride, nint aRow, float* b, nint bStride, nint bRow, int rows, int width, float* target,
        int columns, int channels)
        where TV : struct, IVector<TV>
    {
        for (int column = 0; column < channels; column += Panels<TV>.Width)
        {
            AddPanel<TV>(
                a, run, aStride, aRow, b + column, bStride, bRow, rows, width, target + column, columns,
                channels - column <= TV.Count ? 1 : 2);
        }
    }

    /// <summary>The same for one panel of s; rows of the sums are <paramref name="columns"/> floats apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPanel<TV>(
        float* a, int run, nint aStride, nint aRow, float* b, nint bStride, nint bRow, int rows, int width, float* target,
        int columns, int vectors)
        where TV : struct, IVector<TV>
    {
        int strips = (run + TV.TileRows - 1) / TV.TileRows;
        for (int strip = 0; strip < strips; strip++)
        {
            int start = strip * run / strips;
            int height = ((strip + 1) * run / strips) - start;
            MicroKernels.Outer<TV>(
                height, vectors, width, a + start, aStride, b, bStride, rows, aRow, bRow, target + ((nint)start * columns), columns,
                true);
        }
    }

    private static void ShareWeights<TV>(WorkerPool pool, WeightGradientOperands o, int columns)
        where TV : struct, IVector<TV>
    {
        ScratchBuffers shared = pool.RentShared();
        float* b = PackSmall<TV>(pool, o, columns, shared);

        // All taps of some channels of large per job, so that a job's weights are neighbours in PyTorch's order too.
        int taps = o.Geometry.KernelHeight * o.Geometry.KernelWidth;
        int chunk = Math.Clamp(BlockWeights / taps / TV.Count * TV.Count, TV.Count, Math.Max(TV.Count, o.LargeChannels));
        while (chunk > TV.Count && (o.LargeChannels + chunk - 1) / chunk < pool.Threads * 4)
        {
            chunk -= TV.Count;
        }

        int chunks = (o.LargeChannels + chunk - 1) / chunk;
        int panels = Panels<TV>.CountFor(o.SmallChannels);
        int panelJobs = Math.Clamp(pool.Threads * 3 / chunks, 1, panels);
        pool.Run(chunks * panelJobs, (job, worker) =>
        {
            int panelJob = job % panelJobs;
            int channel = job / panelJobs * chunk;
            Weights<TV>(
                pool.Scratch(worker), o, b, channel, Math.Min(chunk, o.LargeChannels - channel),
                (int)((long)panelJob * panels / panelJobs), (int)((panelJob + 1L) * panels / panelJobs));
        });
        pool.ReturnShared(shared);
    }

    /// <summary>All positions of small in panels, as the right-hand side [position][s] of a product.</summary>
    private static float* PackSmall<TV>(WorkerPool pool, WeightGradientOperands o, int columns, ScratchBuffers shared)
        where TV : struct, IVector<TV>
    {
        Image small = o.Small[0];
        int positions = small.Batch * small.Height * small.Width;
        float* packed = shared.Get(SlotSums, Panels<TV>.Size(positions, o.SmallChannels));
        if (o.Small.Length == 1 && small.RowsAreJoined && small.ImagesAreJoined)
        {
            Panels<TV>.Fill(pool, new Matrix(small.Data, positions, small.Channels, small.PixelStride, small.ChannelStride), packed);
            return packed;
        }

        float* joined = shared.Get(SlotSmall, (long)positions * columns);
        pool.Run(small.Batch * small.Height, (line, _) => InputTile.Fill<TV>(
            o.Small, line / small.Height, line % small.Height, 1, 0, small.Width, joined + ((nint)line * small.Width * columns), 0, columns));
        Panels<TV>.Fill(pool, new Matrix(joined, positions, o.SmallChannels, columns, 1), packed);
        return packed;
    }

    /// <summary>The finished gradient of some channels of large against some panels of channels of small.</summary>
    private static void Weights<TV>(
        ScratchBuffers scratch, WeightGradientOperands o, float* b, int channel, int count, int panelFirst, int panelEnd)
        where TV : struct, IVector<TV>
    {
        int depth = o.Geometry.KernelHeight * o.Geometry.KernelWidth * count;
        int panelWidth = Panels<TV>.Width;
        nint panelSums = (nint)depth * panelWidth;
        float* sums = scratch.Get(SlotSums, (panelEnd - panelFirst) * panelSums);
        Image[] large = Image.Slice(o.Large, channel, count);
        if (o.Small[0].Width >= TV.TileRows)
        {
            WideLines<TV>(scratch, o, large, count, b, panelFirst, panelEnd, sums);
        }
        else
        {
            NarrowLines<TV>(scratch, o, large, count, b, panelFirst, panelEnd, sums);
        }

        for (int panel = panelFirst; panel < panelEnd; panel++)
        {
            o.Write<TV>(
                sums + ((panel - panelFirst) * panelSums), panelWidth, 0, depth / count, channel, count, panel * panelWidth,
                (panel + 1) * panelWidth);
        }
    }

    /// <summary>Lines long enough for a micro-kernel to read large in place, from a padded copy of some of its lines.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideLines<TV>(
        ScratchBuffers scratch, WeightGradientOperands o, Image[] large, int count, float* b, int panelFirst, int panelEnd, float* sums)
        where TV : struct, IVector<TV>
    {
        ConvolutionGeometry g = o.Geometry;
        Image small = o.Small[0];
        int positions = small.Batch * small.Height * small.Width;
        int columnTiles = (small.Width + (2 * BlockPositions) - 1) / (2 * BlockPositions);
        int rowsPerTile = Math.Clamp(BlockPositions * columnTiles / small.Width, 1, small.Height);
        int run = g.DilationWidth == 1 ? g.KernelWidth * count : count;
        int runs = g.KernelWidth * count / run;
        int panelWidth = Panels<TV>.Width;
        nint panelSums = (nint)g.KernelHeight * g.KernelWidth * count * panelWidth;
        Packing.Clear<TV>(sums, (int)((panelEnd - panelFirst) * panelSums));
        for (int tile = 0; tile < small.Batch * columnTiles; tile++)
        {
            int n = tile / columnTiles;
            int column = (int)((long)(tile % columnTiles) * small.Width / columnTiles);
            int width = (int)(((tile % columnTiles) + 1L) * small.Width / columnTiles) - column;
            int largeColumns = o.LargeColumns(width);
            nint line = (nint)largeColumns * count;
            for (int row = 0; row < small.Height; row += rowsPerTile)
            {
                int rows = Math.Min(rowsPerTile, small.Height - row);
                int largeRows = o.LargeRows(rows);
                float* copy = scratch.Get(SlotLarge, largeRows * line);
                InputTile.Fill<TV>(
                    large, n, (row * g.StrideHeight) - g.PadTop, largeRows, (column * g.StrideWidth) - g.PadLeft, largeColumns, copy,
                    line, count);
                int first = (((n * small.Height) + row) * small.Width) + column;
                for (int panel = panelFirst; panel < panelEnd; panel++)
                {
                    int vectors = Panels<TV>.Vectors(o.SmallChannels, panel);
                    nint stride = vectors * TV.Count;
                    float* columns = Panels<TV>.At(b, positions, o.SmallChannels, panel, first);
                    float* target = sums + ((panel - panelFirst) * panelSums);
                    for (int ky = 0; ky < g.KernelHeight; ky++)
                    {
                        for (int kx = 0; kx < runs; kx++, target += run * panelWidth)
                        {
                            AddPanel<TV>(
                                copy + (ky * g.DilationHeight * line) + (kx * g.DilationWidth * count), run, g.StrideWidth * count,
                                g.StrideHeight * line, columns, stride, small.Width * stride, rows, width, target, panelWidth, vectors);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Short lines: large is unfolded, so that one micro-kernel call covers many of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NarrowLines<TV>(
        ScratchBuffers scratch, WeightGradientOperands o, Image[] large, int count, float* b, int panelFirst, int panelEnd, float* sums)
        where TV : struct, IVector<TV>
    {
        int depth = o.Geometry.KernelHeight * o.Geometry.KernelWidth * count;
        int width = o.Small[0].Width;
        int lines = o.Small[0].Batch * o.Small[0].Height;
        int linesPerBlock = Math.Max(1, BlockPositions / Math.Max(1, width));
        int panelWidth = Panels<TV>.Width;
        nint panelSums = (nint)depth * panelWidth;
        float* unfolded = scratch.Get(SlotUnfolded, (long)linesPerBlock * width * depth);
        Packing.Clear<TV>(sums, (int)((panelEnd - panelFirst) * panelSums));
        for (int line = 0; line < lines; line += linesPerBlock)
        {
            int end = Math.Min(lines, line + linesPerBlock);
            UnfoldLines<TV>(scratch, o, large, count, line, end, unfolded);
            for (int panel = panelFirst; panel < panelEnd; panel++)
            {
                int vectors = Panels<TV>.Vectors(o.SmallChannels, panel);
                AddPanel<TV>(
                    unfolded, depth, depth, 0, Panels<TV>.At(b, lines * width, o.SmallChannels, panel, line * width),
                    vectors * TV.Count, 0, 1, (end - line) * width, sums + ((panel - panelFirst) * panelSums), panelWidth, vectors);
            }
        }
    }

    /// <summary>
    /// Some channels of large under every kernel tap, [position][ky, kx][l], for the positions of the lines
    /// [first, end) of all images of small.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnfoldLines<TV>(ScratchBuffers scratch, WeightGradientOperands o, Image[] large, int channels, int first, int end, float* target)
        where TV : struct, IVector<TV>
    {
        ConvolutionGeometry g = o.Geometry;
        int height = o.Small[0].Height;
        int width = o.Small[0].Width;
        int run = g.DilationWidth == 1 ? g.KernelWidth * channels : channels;
        int depth = g.KernelHeight * g.KernelWidth * channels;
        int columns = o.LargeColumns(width);
        nint line = (nint)columns * channels;
        for (int next = first; next < end;)
        {
            int y = next % height;
            int rows = Math.Min(end - next, height - y);
            int largeRows = o.LargeRows(rows);
            float* tile = scratch.Get(SlotLarge, largeRows * line);
            InputTile.Fill<TV>(
                large, next / height, (y * g.StrideHeight) - g.PadTop, largeRows, -g.PadLeft, columns, tile, line, channels);
            Unfold<TV>(g, tile, line, channels, rows, width, run, target);
            target += (nint)rows * width * depth;
            next += rows;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<TV>(float* source, float* target, int count)
        where TV : struct, IVector<TV>
    {
        for (int i = 0; i < count; i += TV.Count)
        {
            TV.Store(TV.Load(target + i) + TV.Load(source + i), target + i);
        }
    }
}
