namespace Descant.Tensors.Kernels;

/// <summary>Distances in floats between the operands of neighbouring products, along two axes (batch and head, say).</summary>
internal readonly unsafe struct BatchLayout(
    nint aOuter, nint aInner, nint bOuter, nint bInner, nint cOuter, nint cInner)
{
    /// <summary>The operands of one product and the offset of its result.</summary>
    public (Matrix A, Matrix B, nint C) At(Matrix a, Matrix b, int outer, int inner) => (
        new Matrix(a.Data + (outer * aOuter) + (inner * aInner), a.Rows, a.Columns, a.RowStride, a.ColumnStride),
        new Matrix(b.Data + (outer * bOuter) + (inner * bInner), b.Rows, b.Columns, b.RowStride, b.ColumnStride),
        (outer * cOuter) + (inner * cInner));
}
