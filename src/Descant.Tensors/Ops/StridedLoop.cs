namespace Descant.Tensors;

/// <summary>
/// The nest of loops that visits the same elements of several tensors: axes ordered by the first operand's memory and merged where all
/// operands allow, so that a dense operation is one flat loop whatever its shape.
/// </summary>
internal sealed class StridedLoop
{
    /// <summary>Elements below which a second thread costs more than it saves (measured: a fork and join takes about 2 µs).</summary>
    private const int LeastElementsPerJob = 16 * 1024;

    /// <summary>Inner loops shorter than this cost more to enter than to run.</summary>
    private const int ShortInnerLoop = 8;

    private readonly int[] _sizes;      // outermost first; the last is the inner loop
    private readonly int[][] _strides;  // by operand, then by axis

    /// <param name="shape">The shape visited.</param>
    /// <param name="strides">One set of strides per operand, stride 0 where an operand is broadcast or reduced; the first decides the order.</param>
    public StridedLoop(ReadOnlySpan<int> shape, params int[][] strides)
    {
        List<int> axes = [];
        for (int axis = 0; axis < shape.Length; axis++)
        {
            if (shape[axis] != 1)
            {
                axes.Add(axis);
            }
        }

        // Outer loops take the large strides of the first operand; where it stands still (0), those of the next.
        axes.Sort((p, q) =>
        {
            foreach (int[] operand in strides)
            {
                if (operand[p] != operand[q] && operand[p] != 0 && operand[q] != 0)
                {
                    return operand[q].CompareTo(operand[p]);
                }
            }

            return p.CompareTo(q);
        });

        List<int> sizes = [];
        List<int>[] merged = new List<int>[strides.Length];
        for (int operand = 0; operand < strides.Length; operand++)
        {
            merged[operand] = [];
        }

        foreach (int axis in axes)
        {
            bool merges = sizes.Count > 0;
            for (int operand = 0; operand < strides.Length && merges; operand++)
            {
                merges = merged[operand][^1] == strides[operand][axis] * shape[axis];
            }

            if (merges)
            {
                sizes[^1] *= shape[axis];
            }
            else
            {
                sizes.Add(shape[axis]);
            }

            for (int operand = 0; operand < strides.Length; operand++)
            {
                if (merges)
                {
                    merged[operand][^1] = strides[operand][axis];
                }
                else
                {
                    merged[operand].Add(strides[operand][axis]);
                }
            }
        }

        if (sizes.Count == 0)
        {
            sizes.Add(Layout.Count(shape)); // a scalar, or nothing at all
            foreach (List<int> operand in merged)
            {
                operand.Add(1);
            }
        }

        // A tiny innermost axis (two audio channels, say) next to a long one would make a loop of loops: walk the long one instead.
        if (sizes.Count > 1 && sizes[^1] < ShortInnerLoop && sizes[^2] >= 4 * sizes[^1])
        {
            (sizes[^1], sizes[^2]) = (sizes[^2], sizes[^1]);
            foreach (List<int> operand in merged)
            {
                (operand[^1], operand[^2]) = (operand[^2], operand[^1]);
            }
        }

        _sizes = [.. sizes];
        _strides = [.. merged.Select(operand => operand.ToArray())];
        InnerLength = _sizes[^1];
        OuterCount = 1;
        for (int axis = 0; axis < _sizes.Length - 1; axis++)
        {
            OuterCount *= _sizes[axis];
        }
    }

    /// <summary>Elements of one run of the inner loop.</summary>
    public int InnerLength { get; }

    /// <summary>Runs of the inner loop.</summary>
    public int OuterCount { get; }

    public int InnerStride(int operand) => _strides[operand][^1];

    /// <summary>Whether all elements are one inner run, which may itself be cut among threads.</summary>
    public bool IsFlat => OuterCount == 1;

    /// <summary>Jobs worth starting: 1 keeps the work on the calling thread.</summary>
    public int Jobs(int threads)
    {
        long elements = (long)InnerLength * OuterCount;
        int most = IsFlat ? InnerLength : OuterCount;
        return threads == 1 ? 1 : (int)Math.Clamp(elements / LeastElementsPerJob, 1, Math.Min(most, threads * 8L));
    }

    /// <summary>Offsets of every operand at an outer index.</summary>
    public void Locate(int outerIndex, Span<nint> offsets)
    {
        offsets.Clear();
        for (int axis = _sizes.Length - 2; axis >= 0; axis--)
        {
            (outerIndex, int position) = Math.DivRem(outerIndex, _sizes[axis]);
            for (int operand = 0; operand < _strides.Length; operand++)
            {
                offsets[operand] += (nint)position * _strides[operand][axis];
            }
        }
    }

    /// <summary>Moves the offsets from one outer index to the next.</summary>
    public void Advance(Span<int> positions, Span<nint> offsets)
    {
        for (int axis = _sizes.Length - 2; axis >= 0; axis--)
        {
            if (++positions[axis] < _sizes[axis])
            {
                for (int operand = 0; operand < _strides.Length; operand++)
                {
                    offsets[operand] += _strides[operand][axis];
                }

                return;
            }

            for (int operand = 0; operand < _strides.Length; operand++)
            {
                offsets[operand] -= (nint)(_sizes[axis] - 1) * _strides[operand][axis];
            }

            positions[axis] = 0;
        }
    }

    /// <summary>The positions that <see cref="Advance"/> counts, for an outer index.</summary>
    public void Positions(int outerIndex, Span<int> positions)
    {
        for (int axis = _sizes.Length - 2; axis >= 0; axis--)
        {
            (outerIndex, positions[axis]) = Math.DivRem(outerIndex, _sizes[axis]);
        }
    }

    public int OuterAxes => _sizes.Length - 1;

    /// <summary>Strides with which a tensor is read under a broadcast shape.</summary>
    public static int[] BroadcastStrides(Tensor tensor, int rank, ReadOnlySpan<int> shape)
    {
        int[] strides = new int[rank];
        for (int axis = 0; axis < tensor.Rank; axis++)
        {
            int target = rank - tensor.Rank + axis;
            strides[target] = tensor.Shape[axis] == 1 && shape[target] != 1 ? 0 : tensor.Strides[axis];
        }

        return strides;
    }
}
