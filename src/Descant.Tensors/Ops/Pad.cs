namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Zeros added before and after an axis.</summary>
    public Tensor PadZeros(int axis, int before, int after)
    {
        int a = Axis(axis);
        if (before < 0 || after < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(before), $"pad: expects non-negative amounts, got {before} and {after}.");
        }

        if (before == 0 && after == 0)
        {
            return this;
        }

        int length = _shape[a];
        int[] shape = Padded("pad", a, before, after);
        Tensor y = Engine.Allocate(shape, Layout.DenseLike(shape, _strides));
        y.DenseSpan().Clear();
        CopyInto(y.Window(a, before, length));
        return Engine.Record(y, [this], g => [g.Slice(a, before, length)]);
    }

    /// <summary>An axis continued by its mirror image on both sides, the edge elements not repeated.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side needs more than the axis has besides its edge.</exception>
    public Tensor PadReflect(int axis, int before, int after)
    {
        int a = Axis(axis);
        int length = _shape[a];
        if (before < 0 || after < 0 || before >= length || after >= length)
        {
            throw new ArgumentOutOfRangeException(nameof(before), $"pad_reflect: axis {a} of {this} has {length} elements and can be continued by 0 to {length - 1}, got {before} and {after}.");
        }

        int[] shape = Padded("pad_reflect", a, before, after);
        Tensor y = Engine.Allocate(shape, Layout.DenseLike(shape, _strides));
        CopyInto(y.Window(a, before, length));
        for (int i = 1; i <= before; i++)
        {
            Window(a, i, 1).CopyInto(y.Window(a, before - i, 1));
        }

        for (int i = 1; i <= after; i++)
        {
            Window(a, length - 1 - i, 1).CopyInto(y.Window(a, before + length - 1 + i, 1));
        }

        return Engine.Record(y, [this], g =>
        {
            Tensor dx = g.Slice(a, before, length).RowMajorCopy();
            for (int i = 1; i <= before; i++)
            {
                AddInto(dx.Window(a, i, 1), g.Window(a, before - i, 1));
            }

            for (int i = 1; i <= after; i++)
            {
                AddInto(dx.Window(a, length - 1 - i, 1), g.Window(a, before + length - 1 + i, 1));
            }

            return [dx];
        });
    }

    /// <summary>A stretch of an axis as a view that no tape sees: for operations that assemble their result in place.</summary>
    internal Tensor Window(int axis, int start, int length)
    {
        int[] shape = [.. _shape];
        shape[axis] = length;
        return new Tensor(Storage, Offset + (start * _strides[axis]), shape, [.. _strides], Engine);
    }

    private int[] Padded(string operation, int axis, int before, int after)
    {
        int[] shape = [.. _shape];
        shape[axis] = Layout.Size(operation, $"axis {axis} of {this} continued by {before} and {after}", (long)before + _shape[axis] + after);
        return shape;
    }

    private static void AddInto(Tensor target, Tensor addend) => Elementwise.Run(target, target, addend, null, default(AddOp));
}
