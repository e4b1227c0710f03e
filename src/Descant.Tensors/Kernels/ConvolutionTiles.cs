namespace Descant.Tensors.Kernels;

/// <summary>Which part of the input a tile of output positions needs, over all phases.</summary>
internal readonly struct ConvolutionTiles
{
    private readonly int _rowReach;
    private readonly int _columnReach;
    private readonly int _rowStride;
    private readonly int _columnStride;
    private readonly int _columns;

    public ConvolutionTiles(PackedFilters filters, int channels, int columns)
    {
        FirstRow = filters.RowPhases.Min(phase => phase.Offset);
        FirstColumn = filters.ColumnPhases.Min(phase => phase.Offset);
        _rowReach = filters.RowPhases.Max(phase => phase.Reach) - FirstRow + 1;
        _columnReach = filters.ColumnPhases.Max(phase => phase.Reach) - FirstColumn + 1;
        _rowStride = filters.RowPhases[0].InputStride;
        _columnStride = filters.ColumnPhases[0].InputStride;
        _columns = columns;

        // The rows of a micro-kernel must not fall into few sets of the cache: keep them off multiples of 2 KiB.
        PixelStride = channels * _columnStride % 512 == 0 ? channels + 16 : channels;
    }

    /// <summary>The first input row, relative to position 0, that any phase reads.</summary>
    public int FirstRow { get; }

    public int FirstColumn { get; }

    /// <summary>Floats from one pixel of a copied tile to the next.</summary>
    public nint PixelStride { get; }

    public int InputRow(int row) => (row * _rowStride) + FirstRow;

    public int InputRows(int rows) => ((rows - 1) * _rowStride) + _rowReach;

    public int InputColumn(int column) => (column * _columnStride) + FirstColumn;

    public int InputColumns(int columns) => ((columns - 1) * _columnStride) + _columnReach;

    /// <summary>Size of the copy for so many rows of positions.</summary>
    public long Floats(int rows) => (long)InputRows(rows) * InputColumns(_columns) * PixelStride;
}
