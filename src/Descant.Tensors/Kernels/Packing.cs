using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Descant.Tensors.Kernels;

/// <summary>Copies of strided blocks into the dense layouts that the micro-kernels read.</summary>
internal static unsafe class Packing
{
    /// <summary>
    /// destination[r · destinationStride + c] = source[r · rowStride + c · columnStride] for c below
    /// <paramref name="columns"/>, and 0 for c from there up to <paramref name="paddedColumns"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<TV>(
        float* source, nint rowStride, nint columnStride, int rows, int columns,
        float* destination, nint destinationStride, int paddedColumns)
        where TV : struct, IVector<TV>
    {
        if (paddedColumns > columns)
        {
            float* gap = destination + columns;
            for (int r = 0; r < rows; r++, gap += destinationStride)
            {
                Clear<TV>(gap, paddedColumns - columns);
            }
        }

        if (columnStride == 1)
        {
            CopyRows<TV>(source, rowStride, rows, columns, destination, destinationStride);
        }
        else if (rowStride == 1)
        {
            Transpose(source, columnStride, columns, rows, destination, destinationStride);
        }
        else
        {
            for (int r = 0; r < rows; r++, source += rowStride, destination += destinationStride)
            {
                float* from = source;
                for (int c = 0; c < columns; c++, from += columnStride)
                {
                    destination[c] = *from;
                }
            }
        }
    }

    /// <summary>destination[c · destinationStride + r] = source[r · sourceStride + c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(
        float* source, nint sourceStride, int rows, int columns, float* destination, nint destinationStride)
    {
        int r = 0;
        if (Sse.IsSupported && rows >= 4)
        {
            while (r < rows)
            {
                r = Math.Min(r, rows - 4); // the last four may be some of the four before them once more
                float* s = source + (r * sourceStride);
                float* d = destination + r;
                int c = 0;
                for (; c + 4 <= columns; c += 4, s += 4, d += 4 * destinationStride)
                {
                    Vector128<float> x0 = Vector128.Load(s);
                    Vector128<float> x1 = Vector128.Load(s + sourceStride);
                    Vector128<float> x2 = Vector128.Load(s + (2 * sourceStride));
                    Vector128<float> x3 = Vector128.Load(s + (3 * sourceStride));
                    Vector128<float> t0 = Sse.UnpackLow(x0, x1);
                    Vector128<float> t1 = Sse.UnpackHigh(x0, x1);
                    Vector128<float> t2 = Sse.UnpackLow(x2, x3);
                    Vector128<float> t3 = Sse.UnpackHigh(x2, x3);
                    Sse.MoveLowToHigh(t0, t2).Store(d);
                    Sse.MoveHighToLow(t2, t0).Store(d + destinationStride);
                    Sse.MoveLowToHigh(t1, t3).Store(d + (2 * destinationStride));
                    Sse.MoveHighToLow(t3, t1).Store(d + (3 * destinationStride));
                }

                for (; c < columns; c++, s++, d += destinationStride)
                {
                    d[0] = s[0];
                    d[1] = s[sourceStride];
                    d[2] = s[2 * sourceStride];
                    d[3] = s[3 * sourceStride];
                }

                r += 4;
            }
        }

        for (; r < rows; r++)
        {
            float* s = source + (r * sourceStride);
            float* d = destination + r;
            for (int c = 0; c < columns; c++, d += destinationStride)
            {
                *d = s[c];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyRun<TV>(float* source, float* destination, int count)
        where TV : struct, IVector<TV>
    {
        int i = 0;
        for (; i + TV.Count <= count; i += TV.Count)
        {
            TV.Store(TV.Load(source + i), destination + i);
        }

        if (i < count)
        {
            TV.StorePartial(TV.LoadPartial(source + i, count - i), destination + i, count - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clear<TV>(float* destination, int count)
        where TV : struct, IVector<TV>
    {
        int i = 0;
        for (; i + TV.Count <= count; i += TV.Count)
        {
            TV.Store(TV.Zero, destination + i);
        }

        if (i < count)
        {
            TV.StorePartial(TV.Zero, destination + i, count - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows<TV>(
        float* source, nint sourceStride, int rows, int columns, float* destination, nint destinationStride)
        where TV : struct, IVector<TV>
    {
        if (columns == 2 * TV.Count)
        {
            for (int r = 0; r < rows; r++, source += sourceStride, destination += destinationStride)
            {
                TV first = TV.Load(source);
                TV second = TV.Load(source + TV.Count);
                TV.Store(first, destination);
                TV.Store(second, destination + TV.Count);
            }

            return;
        }

        for (int r = 0; r < rows; r++, source += sourceStride, destination += destinationStride)
        {
            CopyRun<TV>(source, destination, columns);
        }
    }
}
