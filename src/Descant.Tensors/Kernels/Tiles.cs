using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>Moves results that a micro-kernel could not write in place, because their last vector is not full.</summary>
internal static unsafe class Tiles
{
    /// <summary>Copies or adds a block of any width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write<TV>(
        float* source, nint sourceStride, float* destination, nint destinationStride, int rows, int columns, bool accumulate)
        where TV : struct, IVector<TV>
    {
        for (int row = 0; row < rows; row++, source += sourceStride, destination += destinationStride)
        {
            for (int column = 0; column < columns; column += TV.Count)
            {
                int lanes = Math.Min(TV.Count, columns - column);
                TV value = TV.Load(source + column);
                if (accumulate)
                {
                    value += TV.LoadPartial(destination + column, lanes);
                }

                TV.StorePartial(value, destination + column, lanes);
            }
        }
    }
}
