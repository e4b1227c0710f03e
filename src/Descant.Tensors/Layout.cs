namespace Descant.Tensors;

/// <summary>Arithmetic of shapes and strides. Strides are in elements; the logical axis order never changes, only the strides do.</summary>
internal static class Layout
{
    /// <summary>The most elements of a tensor: buffers come in quarters of powers of two, and eight quarters of 2³⁰ are beyond an array.</summary>
    public const int MostElements = 7 << 28;

    public static int Count(ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size);
            count = Math.Min(count, 1L << 31) * size; // enough to refuse it, and no product of two such numbers wraps around
        }

        return count <= MostElements ? (int)count : throw new ArgumentException(
            $"tensor: shape {Tensor.Describe(shape)} has more than the {MostElements} elements of one buffer. Use smaller segments or batches.");
    }

    /// <summary>A size that was computed without regard to overflow, or what is wrong with it.</summary>
    public static int Size(string operation, string what, long size) => size <= MostElements ? (int)size : throw new ArgumentException(
        $"{operation}: {what} would have {size} elements, more than the {MostElements} of one buffer. Use smaller segments or batches.");

    public static int[] RowMajor(ReadOnlySpan<int> shape)
    {
        int[] strides = new int[shape.Length];
        int stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= Math.Max(1, shape[axis]);
        }

        return strides;
    }

    /// <summary>Strides with axis 1 (channels) innermost: what the convolution kernels read and write.</summary>
    public static int[] ChannelsLast(ReadOnlySpan<int> shape)
    {
        int[] strides = new int[shape.Length];
        strides[1] = 1;
        int stride = Math.Max(1, shape[1]);
        for (int axis = shape.Length - 1; axis >= 2; axis--)
        {
            strides[axis] = stride;
            stride *= Math.Max(1, shape[axis]);
        }

        strides[0] = stride;
        return strides;
    }

    /// <summary>Dense strides whose order of axes in memory is that of <paramref name="like"/>.</summary>
    public static int[] DenseLike(ReadOnlySpan<int> shape, ReadOnlySpan<int> like)
    {
        int[] order = Order(shape, like);
        int[] strides = new int[shape.Length];
        int stride = 1;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            strides[order[i]] = stride;
            stride *= Math.Max(1, shape[order[i]]);
        }

        return strides;
    }

    /// <summary>Whether the elements fill one gapless stretch of memory, in whatever order of axes.</summary>
    public static bool IsDense(ReadOnlySpan<int> shape, ReadOnlySpan<int> strides)
    {
        int expected = 1;
        int[] order = Order(shape, strides);
        for (int i = order.Length - 1; i >= 0; i--)
        {
            int axis = order[i];
            if (shape[axis] == 1)
            {
                continue;
            }

            if (strides[axis] != expected)
            {
                return false;
            }

            expected *= shape[axis];
        }

        return true;
    }

    public static bool SameStrides(Tensor a, Tensor b)
    {
        for (int axis = 0; axis < a.Rank; axis++)
        {
            if (a.Shape[axis] != 1 && a.Strides[axis] != b.Strides[axis])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The shape two operands broadcast to, NumPy's rule.</summary>
    public static int[] Broadcast(string operation, Tensor a, Tensor b)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        int[] shape = new int[rank];
        for (int fromEnd = 1; fromEnd <= rank; fromEnd++)
        {
            int m = fromEnd <= a.Rank ? a.Shape[a.Rank - fromEnd] : 1;
            int n = fromEnd <= b.Rank ? b.Shape[b.Rank - fromEnd] : 1;
            shape[rank - fromEnd] = m == n || n == 1 ? m : m == 1 ? n : throw new ArgumentException(
                $"{operation}: {a} and {b} do not broadcast: axis {rank - fromEnd} is {m} against {n}; sizes must be equal or 1.");
        }

        return shape;
    }

    /// <summary>Axes from the outermost in memory to the innermost; axes of size 1 or stride 0 come first, where they change nothing.</summary>
    private static int[] Order(ReadOnlySpan<int> shape, ReadOnlySpan<int> strides)
    {
        int[] order = new int[shape.Length];
        Span<long> keys = stackalloc long[shape.Length];
        for (int axis = 0; axis < order.Length; axis++)
        {
            order[axis] = axis;
            bool placed = shape[axis] > 1 && strides[axis] > 0;
            keys[axis] = placed ? -(long)strides[axis] : long.MinValue;
        }

        // Insertion sort: at most a handful of axes, and equal keys must keep their logical order.
        for (int i = 1; i < order.Length; i++)
        {
            for (int j = i; j > 0 && keys[order[j]] < keys[order[j - 1]]; j--)
            {
                (order[j], order[j - 1]) = (order[j - 1], order[j]);
            }
        }

        return order;
    }
}
