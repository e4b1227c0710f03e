using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>
/// Products of matrices, C[m, n] (+)= A[m, k] · B[k, n], for any strides of A and B and row-major C.
/// </summary>
/// <remarks>
/// After K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): B is packed once into
/// panels of two vectors of columns, each job packs a block of A that stays in its second-level cache, and a micro-kernel
/// keeps a tile of C in registers. Every element of C is summed by one job in one order, so the result does not depend on
/// the number of threads.
/// </remarks>
internal static unsafe class Gemm
{
    // A block of A (RowBlock x DepthBlock floats, 224 KiB) and a panel of B (DepthBlock x 32 floats, 128 KiB) share a
    // second-level cache of 512 KiB or more. A sum of 1024 terms goes to C once: with half the depth C is read back and the
    // micro-kernel is called twice as often, which costs 3 to 5 % (two Zen 4 cores, 1024 x 1024 x 1024, 2026-11-27).
    private const int DepthBlock = 1024;
    private const int RowBlock = 56;

    // Below this many multiply-adds (about 10 µs on one thread) waking a worker costs more than it saves.
    private const long SerialWork = 400_000;

    private const int SlotA = 0;
    private const int SlotB = 1;

    /// <summary>C (+)= A · B, then <paramref name="epilogue"/>.</summary>
    public static void Multiply(
        WorkerPool pool, VectorWidth width, Matrix a, Matrix b, float* c, nint cStride, bool accumulate = false,
        Epilogue epilogue = default)
    {
        Debug.Assert(a.Columns == b.Rows, "inner dimensions");
        switch (width)
        {
            case VectorWidth.Avx512:
                Multiply<Wide512>(pool, a, b, c, cStride, accumulate, epilogue);
                break;
            case VectorWidth.Avx2:
                Multiply<Wide256>(pool, a, b, c, cStride, accumulate, epilogue);
                break;
            default:
                Multiply<Wide128>(pool, a, b, c, cStride, accumulate, epilogue);
                break;
        }
    }

    /// <summary>C (+)= A · B for a B that was packed before, then <paramref name="epilogue"/>.</summary>
    public static void Multiply(
        WorkerPool pool, Matrix a, PackedMatrix b, float* c, nint cStride, bool accumulate = false, Epilogue epilogue = default)
    {
        Debug.Assert(a.Columns == b.Rows, "inner dimensions");
        switch (b.Width)
        {
            case VectorWidth.Avx512:
                Compute<Wide512>(pool, a, b.Data, b.Columns, c, cStride, accumulate, epilogue);
                break;
            case VectorWidth.Avx2:
                Compute<Wide256>(pool, a, b.Data, b.Columns, c, cStride, accumulate, epilogue);
                break;
            default:
                Compute<Wide128>(pool, a, b.Data, b.Columns, c, cStride, accumulate, epilogue);
                break;
        }

        GC.KeepAlive(b); // the kernels saw only its address
    }

    /// <summary>
    /// <paramref name="outer"/> × <paramref name="inner"/> products of one shape, their operands at the strides of
    /// <paramref name="layout"/> from the given ones: the heads of an attention layer.
    /// </summary>
    public static void MultiplyBatch(
        WorkerPool pool, VectorWidth width, int outer, int inner, BatchLayout layout, Matrix a, Matrix b, float* c,
        nint cStride, bool accumulate = false, Epilogue epilogue = default)
    {
        Debug.Assert(a.Columns == b.Rows, "inner dimensions");
        switch (width)
        {
            case VectorWidth.Avx512:
                Batch<Wide512>(pool, outer, inner, layout, a, b, c, cStride, accumulate, epilogue);
                break;
            case VectorWidth.Avx2:
                Batch<Wide256>(pool, outer, inner, layout, a, b, c, cStride, accumulate, epilogue);
                break;
            default:
                Batch<Wide128>(pool, outer, inner, layout, a, b, c, cStride, accumulate, epilogue);
                break;
        }
    }

    private static void Multiply<TV>(
        WorkerPool pool, Matrix a, Matrix b, float* c, nint cStride, bool accumulate, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        ScratchBuffers shared = pool.RentShared();
        float* panels = shared.Get(SlotB, Panels<TV>.Size(b.Rows, b.Columns));
        if ((long)a.Rows * a.Columns * b.Columns < SerialWork)
        {
            Panels<TV>.FillPanels(b, panels, 0, Panels<TV>.CountFor(b.Columns));
        }
        else
        {
            Panels<TV>.Fill(pool, b, panels);
        }

        Compute<TV>(pool, a, panels, b.Columns, c, cStride, accumulate, epilogue);
        pool.ReturnShared(shared);
    }

    private static void Batch<TV>(
        WorkerPool pool, int outer, int inner, BatchLayout layout, Matrix a, Matrix b, float* c, nint cStride,
        bool accumulate, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        int count = outer * inner;
        nint result = (nint)c;
        if (count < pool.Threads * 2)
        {
            for (int i = 0; i < count; i++)
            {
                (Matrix left, Matrix right, nint offset) = layout.At(a, b, i / inner, i % inner);
                Multiply<TV>(pool, left, right, c + offset, cStride, accumulate, epilogue);
            }

            return;
        }

        long work = (long)a.Rows * a.Columns * b.Columns;
        int chunk = (int)Math.Clamp(SerialWork / Math.Max(1, work), 1, Math.Max(1, count / (pool.Threads * 2)));
        int jobs = (count + chunk - 1) / chunk;
        int panels = Panels<TV>.CountFor(b.Columns);
        pool.Run(jobs, (job, worker) =>
        {
            ScratchBuffers scratch = pool.Scratch(worker);
            float* packed = scratch.Get(SlotB, Panels<TV>.Size(b.Rows, b.Columns));
            for (int i = job * chunk; i < Math.Min(count, (job + 1) * chunk); i++)
            {
                (Matrix left, Matrix right, nint offset) = layout.At(a, b, i / inner, i % inner);
                Panels<TV>.FillPanels(right, packed, 0, panels);
                for (int row = 0; row < left.Rows; row += RowBlock)
                {
                    Block<TV>(
                        scratch, left, row, Math.Min(left.Rows, row + RowBlock), packed, b.Columns, 0, panels,
                        (float*)result + offset, cStride, accumulate, epilogue);
                }
            }
        });
    }

    private static void Compute<TV>(
        WorkerPool pool, Matrix a, float* panels, int columns, float* c, nint cStride, bool accumulate, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        if (a.Rows == 0 || columns == 0)
        {
            return;
        }

        // Whole tiles of rows per job, both sides split when one is too short.
        int panelCount = Panels<TV>.CountFor(columns);
        int tiles = (a.Rows + TV.TileRows - 1) / TV.TileRows;
        int rowJobs = (a.Rows + RowBlock - 1) / RowBlock;
        int columnJobs = 1;
        bool serial = (long)a.Rows * a.Columns * columns < SerialWork;
        if (!serial && pool.Threads > 1)
        {
            int wanted = pool.Threads * 4;
            if (rowJobs < wanted)
            {
                rowJobs = Math.Min(wanted, Math.Max(rowJobs, tiles / 4));
                columnJobs = Math.Clamp(wanted / Math.Max(1, rowJobs), 1, Math.Max(1, panelCount / 2));
            }
        }

        // As many jobs for one thread as for the other, or jobs that become smaller.
        rowJobs = Math.Clamp((rowJobs + pool.Threads - 1) / pool.Threads * pool.Threads, 1, tiles);
        int[]? shrinking = serial || pool.Threads == 1 || columnJobs > 1 ? null : ShrinkingJobs(tiles, RowBlock / TV.TileRows, pool.Threads);
        rowJobs = shrinking is null ? rowJobs : shrinking.Length - 1;
        nint packed = (nint)panels;
        nint result = (nint)c;
        pool.Run(serial ? 1 : rowJobs * columnJobs, (job, worker) =>
        {
            int rowFirst = serial ? 0 : shrinking is null ? job % rowJobs : RoundRobin(job, rowJobs / pool.Threads, pool.Threads);
            int rowEnd = serial ? rowJobs : rowFirst + 1;
            int columnJob = serial ? 0 : job / rowJobs;
            for (int rowJob = rowFirst; rowJob < rowEnd; rowJob++)
            {
                int tileFirst = shrinking is null ? (int)((long)rowJob * tiles / rowJobs) : shrinking[rowJob];
                int tileEnd = shrinking is null ? (int)((rowJob + 1L) * tiles / rowJobs) : shrinking[rowJob + 1];
                Block<TV>(
                    pool.Scratch(worker), a, (int)((long)tileFirst * a.Rows / tiles), (int)((long)tileEnd * a.Rows / tiles),
                    (float*)packed, columns, (int)((long)columnJob * panelCount / columnJobs),
                    (int)((columnJob + 1L) * panelCount / columnJobs), (float*)result, cStride, accumulate, epilogue);
            }
        });
    }

    /// <summary>The first tiles of jobs, and their end: rounds of one job a thread that take their part of what is left, at most <paramref name="most"/> tiles; the last ones may be empty.</summary>
    /// <remarks>
    /// Threads never run at quite the same speed, and with equal jobs one of them waits half a job at the end: 3 % of
    /// 1024 × 1024 × 1024 on two Zen 4 cores, 0.7 % with these (2026-11-27). After C. Polychronopoulos and D. Kuck, "Guided
    /// self-scheduling" (1987).
    /// </remarks>
    private static int[] ShrinkingJobs(int tiles, int most, int threads)
    {
        List<int> firsts = [0];
        for (int tile = 0; tile < tiles;)
        {
            int job = Math.Clamp((tiles - tile) / (2 * threads), 1, most);
            for (int thread = 0; thread < threads; thread++)
            {
                tile = Math.Min(tiles, tile + job);
                firsts.Add(tile);
            }
        }

        return [.. firsts];
    }

    /// <summary>Each worker begins with its own part of the jobs: its first is in the first round, and so on.</summary>
    private static int RoundRobin(int job, int rounds, int threads) => (job % rounds * threads) + (job / rounds);

    /// <summary>Rows [rowFirst, rowEnd) times panels [panelFirst, panelEnd), on one thread.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TV>(
        ScratchBuffers scratch, Matrix a, int rowFirst, int rowEnd, float* panels, int columns, int panelFirst, int panelEnd,
        float* c, nint cStride, bool accumulate, Epilogue epilogue)
        where TV : struct, IVector<TV>
    {
        int rows = rowEnd - rowFirst;
        int tiles = (rows + TV.TileRows - 1) / TV.TileRows;
        int depth = a.Columns;
        int depthBlocks = Math.Max(1, (depth + DepthBlock - 1) / DepthBlock);
        float* packed = scratch.Get(SlotA, (long)rows * ((depth / depthBlocks) + 1));
        float* edge = stackalloc float[TV.TileRows * Panels<TV>.Width];
        for (int block = 0; block < depthBlocks; block++)
        {
            int k0 = (int)((long)block * depth / depthBlocks);
            int length = (int)((block + 1L) * depth / depthBlocks) - k0;
            bool add = accumulate || block > 0;
            bool last = block == depthBlocks - 1;
            for (int tile = 0; tile < tiles; tile++)
            {
                int row = (int)((long)tile * rows / tiles);
                int height = (int)((tile + 1L) * rows / tiles) - row;
                Packing.Copy<TV>(
                    a.Data + ((rowFirst + row) * a.RowStride) + (k0 * a.ColumnStride), a.ColumnStride, a.RowStride, length,
                    height, packed + ((nint)row * length), height, height);
            }

            for (int panel = panelFirst; panel < panelEnd; panel++)
            {
                int vectors = Panels<TV>.Vectors(columns, panel);
                int column = panel * Panels<TV>.Width;
                int width = Math.Min(vectors * TV.Count, columns - column);
                float* b = Panels<TV>.At(panels, depth, columns, panel, k0);
                for (int tile = 0; tile < tiles; tile++)
                {
                    int row = (int)((long)tile * rows / tiles);
                    int height = (int)((tile + 1L) * rows / tiles) - row;
                    float* from = packed + ((nint)row * length);
                    float* to = c + ((rowFirst + row) * cStride) + column;
                    if (width == vectors * TV.Count)
                    {
                        MicroKernels.Outer<TV>(
                            height, vectors, length, from, height, b, vectors * TV.Count, 1, 0, 0, to, cStride, add);
                    }
                    else
                    {
                        MicroKernels.Outer<TV>(
                            height, vectors, length, from, height, b, vectors * TV.Count, 1, 0, 0, edge, Panels<TV>.Width, false);
                        Tiles.Write<TV>(edge, Panels<TV>.Width, to, cStride, height, width, add);
                    }

                    if (last)
                    {
                        epilogue.Apply<TV>(to, cStride, height, width, column);
                    }
                }
            }
        }
    }
}
