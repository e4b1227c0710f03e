using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Descant.Tensors.Kernels;

/// <summary>The packed layout of a right-hand side; see <see cref="PackedMatrix"/>.</summary>
internal static unsafe class Panels<TV>
    where TV : struct, IVector<TV>
{
    // One panel alone takes two cache lines of every row, which the processor does not fetch ahead: 0.41 ms for 1024 × 1024,
    // 0.28 ms with four or more (two Zen 4 cores, 2026-11-27).
    private const int SideBySide = 4;

    // Panels that all threads read lie in the caches of all cores afterwards, and filling the same memory again takes every line
    // from them: 0.25 ms for 1024 × 1024 when the two cores share a third-level cache, 0.9 ms when they do not, as a virtual
    // machine's may from one minute to the next. Stores past the caches take 0.25 and 0.3 ms. Smaller ones may stay in the
    // second-level cache, where they are read next.
    private const long FewestNonTemporal = 1 << 19;

    /// <summary>Columns of a full panel.</summary>
    public static int Width => 2 * TV.Count;

    public static int CountFor(int columns) => (columns + Width - 1) / Width;

    public static long Size(int rows, int columns) => (long)CountFor(columns) * rows * Width;

    /// <summary>Vectors (1 or 2) per row of a panel.</summary>
    public static int Vectors(int columns, int panel) => columns - (panel * Width) <= TV.Count ? 1 : 2;

    /// <summary>Row <paramref name="row"/> of a panel.</summary>
    public static float* At(float* data, int rows, int columns, int panel, int row) =>
        data + ((nint)panel * rows * Width) + ((nint)row * Vectors(columns, panel) * TV.Count);

    /// <summary>Packs the whole matrix, in parallel where it is worth it.</summary>
    public static void Fill(WorkerPool pool, Matrix matrix, float* data)
    {
        int panels = CountFor(matrix.Columns);
        long floats = (long)matrix.Rows * matrix.Columns;

        // Below 16 K floats (some microseconds) waking a worker costs more than it saves.
        int jobs = floats < 16_384 ? 1 : Math.Min(panels, pool.Threads * 4);
        if (jobs == 1)
        {
            FillPanels(matrix, data, 0, panels);
            return;
        }

        nint address = (nint)data;
        bool nonTemporal = pool.Threads > 1 && floats >= FewestNonTemporal;
        pool.Run(jobs, (job, _) => FillPanels(
            matrix, (float*)address, (int)((long)job * panels / jobs), (int)((job + 1L) * panels / jobs), nonTemporal));
    }

    public static void FillPanels(Matrix matrix, float* data, int first, int end, bool nonTemporal = false)
    {
        int whole = matrix.ColumnStride == 1 ? Math.Max(first, Math.Min(end, matrix.Columns / Width)) : first;
        for (int panel = first; panel < whole; panel += SideBySide)
        {
            float* source = matrix.Data + (panel * Width), to = At(data, matrix.Rows, matrix.Columns, panel, 0);
            int count = Math.Min(SideBySide, whole - panel);
            if (nonTemporal)
            {
                FillWhole<PastCaches>(source, matrix.RowStride, matrix.Rows, to, count);
                if (Sse.IsSupported)
                {
                    Sse.StoreFence();
                }
            }
            else
            {
                FillWhole<Cached>(source, matrix.RowStride, matrix.Rows, to, count);
            }
        }

        for (int panel = whole; panel < end; panel++)
        {
            int column = panel * Width;
            int width = Vectors(matrix.Columns, panel) * TV.Count;
            Packing.Copy<TV>(
                matrix.Data + (column * matrix.ColumnStride), matrix.RowStride, matrix.ColumnStride, matrix.Rows,
                Math.Min(width, matrix.Columns - column), At(data, matrix.Rows, matrix.Columns, panel, 0), width, width);
        }
    }

    /// <summary>Panels that have all their columns, side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillWhole<TStore>(float* source, nint rowStride, int rows, float* data, int panels)
        where TStore : struct, IStore
    {
        nint panelSize = (nint)rows * Width;
        for (int row = 0; row < rows; row++, source += rowStride, data += Width)
        {
            float* from = source, to = data;
            for (int panel = 0; panel < panels; panel++, from += Width, to += panelSize)
            {
                TV first = TV.Load(from), second = TV.Load(from + TV.Count);
                TStore.Store(first, to);
                TStore.Store(second, to + TV.Count);
            }
        }
    }

    private interface IStore
    {
        public static abstract void Store(TV value, float* to);
    }

    private readonly struct Cached : IStore
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(TV value, float* to) => TV.Store(value, to);
    }

    private readonly struct PastCaches : IStore
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(TV value, float* to) => TV.StoreNonTemporal(value, to);
    }
}
