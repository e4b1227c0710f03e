namespace Descant.Tensors.Kernels;

/// <summary>A matrix with any row and column stride (in floats): transposes and slices are views.</summary>
internal readonly unsafe struct Matrix(float* data, int rows, int columns, nint rowStride, nint columnStride)
{
    public float* Data { get; } = data;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public nint RowStride { get; } = rowStride;

    public nint ColumnStride { get; } = columnStride;

    public Matrix Transposed => new(Data, Columns, Rows, ColumnStride, RowStride);

    /// <summary>Rows one after the other without gaps.</summary>
    public static Matrix RowMajor(float* data, int rows, int columns) => new(data, rows, columns, columns, 1);
}
