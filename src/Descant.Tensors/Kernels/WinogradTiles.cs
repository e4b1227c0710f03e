using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>A stretch of the tiles of a batch, in the order image, row, column, and their transformed inputs.</summary>
internal readonly unsafe struct WinogradTiles(int rows, int columns, int first, int count)
{
    private readonly int _rows = rows;
    private readonly int _columns = columns;

    /// <summary>Place of the first tile in the batch.</summary>
    public int First { get; } = first;

    public int Count { get; } = count;

    /// <summary>Image, row and column of a tile.</summary>
    public (int Image, int Row, int Column) At(int tile)
    {
        int place = First + tile;
        return (place / _columns / _rows, place / _columns % _rows, place % _columns);
    }

    /// <summary>The tiles [first, end) of this stretch.</summary>
    public WinogradTiles Part(int first, int end) => new(_rows, _columns, First + first, end - first);

    /// <summary>Tiles from this one to the end of its row or of the stretch.</summary>
    public int RestOfRow(int tile) => Math.Min(Count - tile, _columns - At(tile).Column);

    /// <summary>Floats from one tile's inputs at a point to the next tile's, kept off multiples of 512 bytes, which fall into few sets of the cache.</summary>
    public static nint RowStride(int count, int channels) => (nint)count * channels % 128 == 0 ? ((nint)count * channels) + 16 : (nint)count * channels;

    /// <summary>Floats that <see cref="Transform"/> needs for so many tiles.</summary>
    public static long Floats(WinogradPlan plan, int channels, int tiles) =>
        plan.InputCounts.Sum(count => ((long)tiles * RowStride(count, channels)) + 16);

    /// <summary>
    /// The inputs under every tile: point p of tile t is the row points[p] + t · RowStride, in which the channels of each
    /// window that has the point follow each other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Transform<TV>(Image[] inputs, int channels, WinogradPlan plan, float* memory, float* window, float** points)
        where TV : struct, IVector<TV>
    {
        for (int point = 0; point < WinogradPlan.Points; point++)
        {
            points[point] = memory;
            memory += (Count * RowStride(plan.InputCounts[point], channels)) + 16;
        }

        int windows = plan.Windows.Length;
        float** targets = stackalloc float*[windows * WinogradPlan.Points];
        nint* strides = stackalloc nint[WinogradPlan.Points];
        for (int point = 0; point < WinogradPlan.Points; point++)
        {
            strides[point] = RowStride(plan.InputCounts[point], channels);
            for (int i = 0; i < windows; i++)
            {
                targets[(i * WinogradPlan.Points) + point] = points[point] + (plan.Windows[i].Slots[point] * channels);
            }
        }

        int tile = 0;
        while (tile < Count)
        {
            (int n, int row, int column) = At(tile);
            int end = tile + RestOfRow(tile);
            for (; tile < end; tile++, column++)
            {
                for (int i = 0; i < windows; i++)
                {
                    WinogradPhase phase = plan.Windows[i];
                    float** target = targets + (i * WinogradPlan.Points);
                    nint first = 0;
                    foreach (Image input in inputs)
                    {
                        Window<TV>(input, phase, n, phase.Rows.Input(row), phase.Columns.Input(column), window, target, first);
                        first += input.Channels;
                    }

                    for (int point = 0; point < WinogradPlan.Points; point++)
                    {
                        target[point] += strides[point];
                    }
                }
            }
        }
    }

    /// <summary>A·g·Aᵀ of the gradients g of every tile's outputs: point p of tile t is the row target + p · pointStride + t · padded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void TransformGradients<TV>(Image[] results, int channels, int padded, float* window, float* target, nint pointStride)
        where TV : struct, IVector<TV>
    {
        Image only = results[0];
        bool inPlace = results.Length == 1 && only.ChannelStride == 1;
        for (int tile = 0; tile < Count; tile++, target += padded)
        {
            (int n, int row, int column) = At(tile);
            int y = row * WinogradPlan.TileSize, x = column * WinogradPlan.TileSize;
            if (inPlace && y + 1 < only.Height && x + 1 < only.Width)
            {
                WinogradTransforms.OutputGradient<TV>(only.At(n, y, x), only.RowStride, only.PixelStride, channels, padded, target, pointStride);
                continue;
            }

            InputTile.Fill<TV>(results, n, y, WinogradPlan.TileSize, x, WinogradPlan.TileSize, window, WinogradPlan.TileSize * (nint)channels, channels);
            WinogradTransforms.OutputGradient<TV>(window, WinogradPlan.TileSize * (nint)channels, channels, channels, padded, target, pointStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Window<TV>(Image input, WinogradPhase phase, int n, int y, int x, float* copy, float** targets, nint first)
        where TV : struct, IVector<TV>
    {
        int rows = phase.Rows.Window, columns = phase.Columns.Window;
        int down = phase.Rows.InputStride, across = phase.Columns.InputStride;
        float* source = copy;
        nint rowStride = (nint)columns * input.Channels;
        nint pixelStride = input.Channels;
        if (input.ChannelStride == 1 && y >= 0 && x >= 0 && y + ((rows - 1) * down) < input.Height && x + ((columns - 1) * across) < input.Width)
        {
            source = input.At(n, y, x);
            rowStride = down * input.RowStride;
            pixelStride = across * input.PixelStride;
        }
        else
        {
            for (int i = 0; i < rows * columns; i++, copy += pixelStride)
            {
                int py = y + (i / columns * down), px = x + (i % columns * across);
                if ((uint)py >= (uint)input.Height || (uint)px >= (uint)input.Width)
                {
                    Packing.Clear<TV>(copy, input.Channels);
                }
                else if (input.ChannelStride == 1)
                {
                    Packing.CopyRun<TV>(input.At(n, py, px), copy, input.Channels);
                }
                else
                {
                    Packing.Copy<TV>(input.At(n, py, px), 0, input.ChannelStride, 1, input.Channels, copy, 0, input.Channels);
                }
            }
        }

        WinogradTransforms.Input<TV>(source, rowStride, pixelStride, input.Channels, rows, columns, targets, first);
    }
}
