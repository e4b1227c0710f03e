namespace Descant.Tensors.Kernels;

/// <summary>
/// The right-hand side of a product, packed once for many products: panels of two vectors of columns,
/// [panel][row][column], the last panel one vector wide where that holds its columns, missing columns zero.
/// </summary>
internal sealed unsafe class PackedMatrix
{
    private readonly ScratchBuffers _memory = new();

    private PackedMatrix(VectorWidth width, int rows, int columns)
    {
        Width = width;
        Rows = rows;
        Columns = columns;
    }

    public VectorWidth Width { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Pinned for the life of this object.</summary>
    internal float* Data { get; private set; }

    public static PackedMatrix Pack(WorkerPool pool, VectorWidth width, Matrix matrix)
    {
        PackedMatrix packed = new(width, matrix.Rows, matrix.Columns);
        packed.Repack(pool, matrix);
        return packed;
    }

    /// <summary>Takes over new values of the same shape.</summary>
    public void Repack(WorkerPool pool, Matrix matrix)
    {
        if (matrix.Rows != Rows || matrix.Columns != Columns)
        {
            throw new ArgumentException(
                $"repack: expected [{Rows}, {Columns}], got [{matrix.Rows}, {matrix.Columns}]; pack a new matrix instead.");
        }

        switch (Width)
        {
            case VectorWidth.Avx512:
                Fill<Wide512>(pool, matrix);
                break;
            case VectorWidth.Avx2:
                Fill<Wide256>(pool, matrix);
                break;
            default:
                Fill<Wide128>(pool, matrix);
                break;
        }
    }

    private void Fill<TV>(WorkerPool pool, Matrix matrix)
        where TV : struct, IVector<TV>
    {
        Data = _memory.Get(0, Panels<TV>.Size(Rows, Columns));
        Panels<TV>.Fill(pool, matrix, Data);
    }
}
