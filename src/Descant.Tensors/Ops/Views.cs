namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>The same values in another shape; a view where the memory allows, else a copy.</summary>
    /// <param name="shape">The new sizes; one may be -1 and is then computed.</param>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        int[] sizes = ResolveShape(shape);
        Tensor source = ViewStrides(sizes) is null ? RowMajorCopy() : this;
        int[] strides = source.ViewStrides(sizes)!;
        Tensor y = new(source.Storage, source.Offset, sizes, strides, Engine);
        return View(y, g => g.Reshape(_shape));
    }

    /// <summary>The axes in another order; a view.</summary>
    /// <param name="order">For each axis of the result, the axis of this tensor it takes.</param>
    public Tensor Permute(params ReadOnlySpan<int> order)
    {
        if (order.Length != Rank)
        {
            throw new ArgumentException($"permute: {this} expects {Rank} axes, got {order.Length}.");
        }

        int[] shape = new int[Rank], strides = new int[Rank], inverse = new int[Rank];
        Array.Fill(inverse, -1);
        for (int i = 0; i < Rank; i++)
        {
            int axis = Axis(order[i]);
            (shape[i], strides[i], inverse[axis]) = (_shape[axis], _strides[axis], i);
        }

        if (inverse.Contains(-1))
        {
            throw new ArgumentException($"permute: expects each axis of {this} once, got {Describe(order)}.");
        }

        return View(new Tensor(Storage, Offset, shape, strides, Engine), g => g.Permute(inverse));
    }

    /// <summary>Two axes exchanged; a view.</summary>
    public Tensor Transpose(int a, int b)
    {
        int[] order = [.. Enumerable.Range(0, Rank)];
        (order[Axis(a)], order[Axis(b)]) = (order[Axis(b)], order[Axis(a)]);
        return Permute(order);
    }

    /// <summary>A stretch of one axis; a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The stretch leaves the axis.</exception>
    public Tensor Slice(int axis, int start, int length)
    {
        int a = Axis(axis);
        if (start < 0 || length < 0 || length > _shape[a] - start)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"slice: {start}..{(long)start + length} leaves axis {a} of {this}, which has {_shape[a]}.");
        }

        if (start == 0 && length == _shape[a])
        {
            return this;
        }

        return View(Window(a, start, length), g =>
        {
            Tensor whole = g.Engine.Allocate(_shape, Layout.DenseLike(_shape, g.Strides));
            whole.DenseSpan().Clear();
            g.CopyInto(whole.Window(a, start, length));
            return whole;
        });
    }

    /// <summary>One element of an axis, which disappears; a view.</summary>
    public Tensor Select(int axis, int index)
    {
        int a = Axis(axis);
        Tensor one = Slice(a, index, 1);
        return one.Reshape([.. _shape[..a], .. _shape[(a + 1)..]]);
    }

    /// <summary>An axis of size 1 put in before <paramref name="axis"/>.</summary>
    public Tensor Unsqueeze(int axis)
    {
        int a = axis < 0 ? axis + Rank + 1 : axis;
        if (a < 0 || a > Rank)
        {
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"unsqueeze: expects an axis of -{Rank + 1} to {Rank} for {this}, got {axis}.");
        }

        return Reshape([.. _shape[..a], 1, .. _shape[a..]]);
    }

    /// <summary>The same values on the engine's own buffers, cut off from the tape.</summary>
    public Tensor Detach() => new(Storage, Offset, _shape, _strides, Engine.Tape is null ? Engine : Engine.Outer!);

    /// <summary>The same values with channels innermost in memory (rank 3 and 4), copied only when they lie otherwise.</summary>
    internal Tensor ChannelsLast()
    {
        if (_strides[1] == 1 || _shape[1] == 1 && IsRowMajor)
        {
            return this;
        }

        Tensor y = Engine.Allocate(_shape, Layout.ChannelsLast(_shape));
        CopyInto(y);
        return Engine.Record(y, [this], g => [g]);
    }

    /// <summary>The same values in the memory order of another tensor of this shape: worth one copy before several operations that mix both.</summary>
    internal Tensor LaidOutLike(Tensor other)
    {
        int[] strides = Layout.DenseLike(_shape, other.Strides);
        Tensor y = Engine.Allocate(_shape, strides);
        CopyInto(y);
        return Engine.Record(y, [this], g => [g]);
    }

    /// <summary>The same values in row-major order of memory.</summary>
    internal Tensor RowMajorCopy()
    {
        Tensor y = Engine.Allocate(_shape);
        CopyInto(y);
        return y;
    }

    /// <summary>Row-major memory, copied only when it lies otherwise.</summary>
    internal Tensor AsRowMajor() => IsRowMajor ? this : RowMajorCopy();

    /// <summary>
    /// Notes how the gradient of a view becomes this tensor's: on the tape when one is recording, else, for a parameter, with the
    /// view itself, so that a recording that it is used in later finds its way back.
    /// </summary>
    private Tensor View(Tensor view, Func<Tensor, Tensor> adjoint)
    {
        if (Engine.Tape is null && IsTracked)
        {
            view.Origin = (this, adjoint);
            return view;
        }

        return Engine.Record(view, [this], g => [adjoint(g)]);
    }

    internal void CopyInto(Tensor destination) => Elementwise.Run(destination, this, null, null, default(Identity));

    private int[] ResolveShape(ReadOnlySpan<int> shape)
    {
        int[] sizes = shape.ToArray();
        int unknown = Array.IndexOf(sizes, -1);
        if (unknown >= 0)
        {
            long known = 1;
            for (int i = 0; i < sizes.Length; i++)
            {
                known = Math.Min(known, 1L << 31) * (i == unknown ? 1 : sizes[i]); // no product of two such numbers wraps around
            }

            sizes[unknown] = known == 0 ? 0 : (int)(ElementCount / known);
        }

        return Layout.Count(sizes) == ElementCount ? sizes : throw new ArgumentException(
            $"reshape: {this} has {ElementCount} elements, {Describe(shape)} asks for {Layout.Count(sizes)}.");
    }

    /// <summary>Strides under which this memory has the given shape, or null when only a copy has it.</summary>
    private int[]? ViewStrides(ReadOnlySpan<int> shape)
    {
        if (ElementCount == 0)
        {
            return Layout.RowMajor(shape); // nothing lies anywhere
        }

        int[] strides = new int[shape.Length];
        int axis = Rank - 1;
        int remaining = 1; // elements of the current group of old axes not yet handed to new axes
        int stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            if (shape[i] == 1)
            {
                strides[i] = stride;
                continue;
            }

            if (remaining == 1)
            {
                while (axis >= 0 && _shape[axis] == 1)
                {
                    axis--;
                }

                if (axis < 0)
                {
                    return null;
                }

                (remaining, stride) = (_shape[axis], _strides[axis]);
                axis--;
            }

            while (remaining % shape[i] != 0 || remaining < shape[i])
            {
                while (axis >= 0 && _shape[axis] == 1)
                {
                    axis--;
                }

                // Old axes merge only where the outer one continues the inner one without a gap.
                if (axis < 0 || _strides[axis] != stride * remaining)
                {
                    return null;
                }

                remaining *= _shape[axis--];
            }

            strides[i] = stride;
            stride *= shape[i];
            remaining /= shape[i];
        }

        return strides;
    }

    private readonly struct Identity : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, Kernels.IVector<TV> => a;
    }
}
