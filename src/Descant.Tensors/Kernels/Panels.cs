namespace Descant.Tensors.Kernels;

/// <summary>The packed layout of a right-hand side; see <see cref="PackedMatrix"/>.</summary>
internal static unsafe class Panels<TV>
    where TV : struct, IVector<TV>
{
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
        pool.Run(jobs, (job, _) =>
            FillPanels(matrix, (float*)address, (int)((long)job * panels / jobs), (int)((job + 1L) * panels / jobs)));
    }

    public static void FillPanels(Matrix matrix, float* data, int first, int end)
    {
        for (int panel = first; panel < end; panel++)
        {
            int column = panel * Width;
            int width = Vectors(matrix.Columns, panel) * TV.Count;
            Packing.Copy<TV>(
                matrix.Data + (column * matrix.ColumnStride), matrix.RowStride, matrix.ColumnStride, matrix.Rows,
                Math.Min(width, matrix.Columns - column), At(data, matrix.Rows, matrix.Columns, panel, 0), width, width);
        }
    }
}
