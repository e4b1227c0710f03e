using System.Runtime.CompilerServices;
using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>The sum over some axes, which keep size 1; over all axes when none is named.</summary>
    public Tensor Sum(params ReadOnlySpan<int> axes)
    {
        int[] shape = ReducedShape(axes);
        Tensor y = Reductions.Sum(this, shape);
        return Engine.Record(y, [this], g => [g.BroadcastTo(_shape)]);
    }

    /// <summary>The mean over some axes, which keep size 1; over all axes when none is named.</summary>
    public Tensor Mean(params ReadOnlySpan<int> axes)
    {
        Tensor sum = Sum(axes);
        return sum * ((float)sum.ElementCount / ElementCount);
    }

    /// <summary>The variance over some axes (divided by the count, not count − 1), which keep size 1.</summary>
    public Tensor Variance(params ReadOnlySpan<int> axes)
    {
        Tensor centred = this - Mean(axes);
        return (centred * centred).Mean(axes);
    }

    /// <summary>This tensor repeated to a larger shape; a view.</summary>
    public Tensor BroadcastTo(params ReadOnlySpan<int> shape)
    {
        int[] strides = new int[shape.Length];
        for (int axis = 0; axis < shape.Length; axis++)
        {
            int own = axis - shape.Length + Rank;
            int size = own < 0 ? 1 : _shape[own];
            if (own < 0 && shape.Length < Rank || size != 1 && size != shape[axis])
            {
                throw new ArgumentException($"broadcast: {this} cannot be repeated to {Describe(shape)}: axis {axis} is {size} against {shape[axis]}.");
            }

            strides[axis] = size == 1 && shape[axis] != 1 ? 0 : own < 0 ? 0 : _strides[own];
        }

        return View(new Tensor(Storage, Offset, shape.ToArray(), strides, Engine), g => g.SumTo(_shape));
    }

    /// <summary>Sums what broadcasting repeated, down to <paramref name="shape"/>.</summary>
    internal Tensor SumTo(ReadOnlySpan<int> shape)
    {
        if (Shape.SequenceEqual(shape))
        {
            return this;
        }

        int[] padded = new int[Rank];
        Array.Fill(padded, 1);
        shape.CopyTo(padded.AsSpan(Rank - shape.Length));
        return Reductions.Sum(this, padded).Reshape(shape);
    }

    private int[] ReducedShape(ReadOnlySpan<int> axes)
    {
        int[] shape = [.. _shape];
        if (axes.Length == 0)
        {
            Array.Fill(shape, 1);
        }

        foreach (int axis in axes)
        {
            shape[Axis(axis)] = 1;
        }

        return shape;
    }
}

/// <summary>Sums over axes of tensors of any layout, in an order that depends only on the shape and the thread count.</summary>
internal static unsafe class Reductions
{
    private const int LargestPrivateSum = 1 << 16; // floats of a private result per job

    public static Tensor Sum(Tensor x, int[] shape)
    {
        Tensor y = x.Engine.Allocate(shape, Layout.DenseLike(shape, x.Strides));
        y.DenseSpan().Clear();
        if (x.ElementCount == 0)
        {
            return y;
        }

        int[] target = StridedLoop.BroadcastStrides(y, x.Rank, x.Shape);
        StridedLoop loop = new(x.Shape, x.Strides.ToArray(), target);
        int jobs = y.ElementCount <= LargestPrivateSum ? loop.Jobs(x.Engine.Workers.Threads) : 1;
        if (jobs == 1)
        {
            Dispatch(x.Engine.Width, loop, x.Pointer(), y.Pointer(), 0, 1);
            return y;
        }

        Tensor parts = x.Engine.Allocate([jobs, y.ElementCount]);
        parts.DenseSpan().Clear();
        Addresses p = new(x.Pointer(), parts.Pointer());
        int count = y.ElementCount;
        VectorWidth width = x.Engine.Width;
        x.Engine.Workers.Run(jobs, (job, _) => Dispatch(width, loop, p.X, p.Y + ((nint)job * count), job, jobs));
        Span<float> total = y.DenseSpan();
        ReadOnlySpan<float> all = parts.DenseSpan();
        for (int i = 0; i < count; i++)
        {
            double sum = 0;
            for (int job = 0; job < jobs; job++)
            {
                sum += all[(job * count) + i];
            }

            total[i] = (float)sum;
        }

        return y;
    }

    private static void Dispatch(VectorWidth width, StridedLoop loop, float* x, float* y, int job, int jobs)
    {
        switch (width)
        {
            case VectorWidth.Avx512:
                Part<Wide512>(loop, x, y, job, jobs);
                break;
            case VectorWidth.Avx2:
                Part<Wide256>(loop, x, y, job, jobs);
                break;
            default:
                Part<Wide128>(loop, x, y, job, jobs);
                break;
        }
    }

    private static void Part<TV>(StridedLoop loop, float* x, float* y, int job, int jobs)
        where TV : struct, IVector<TV>
    {
        nint sx = loop.InnerStride(0), sy = loop.InnerStride(1);
        if (loop.IsFlat)
        {
            int from = (int)((long)job * loop.InnerLength / jobs), to = (int)((long)(job + 1) * loop.InnerLength / jobs);
            Run<TV>(x + (from * sx), sx, y + (from * sy), sy, to - from);
            return;
        }

        int first = (int)((long)job * loop.OuterCount / jobs), last = (int)((long)(job + 1) * loop.OuterCount / jobs);
        Span<nint> offsets = stackalloc nint[2];
        Span<int> positions = stackalloc int[loop.OuterAxes];
        loop.Locate(first, offsets);
        loop.Positions(first, positions);
        for (int i = first; i < last; i++)
        {
            Run<TV>(x + offsets[0], sx, y + offsets[1], sy, loop.InnerLength);
            loop.Advance(positions, offsets);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TV>(float* x, nint sx, float* y, nint sy, int n)
        where TV : struct, IVector<TV>
    {
        int i = 0, width = TV.Count;
        if (sy == 0)
        {
            double sum = 0;
            if (sx == 1)
            {
                // Blocks of 4096 in vectors, their totals in double: the error stays that of a short sum.
                while (i <= n - width)
                {
                    int block = Math.Min(n - width, i + 4096);
                    TV a = TV.Zero, b = TV.Zero;
                    for (; i <= block - width; i += 2 * width)
                    {
                        a += TV.Load(x + i);
                        b += TV.Load(x + i + width);
                    }

                    if (i <= block)
                    {
                        a += TV.Load(x + i);
                        i += width;
                    }

                    sum += TV.Sum(a + b);
                }
            }

            for (; i < n; i++)
            {
                sum += x[i * sx];
            }

            *y += (float)sum;
            return;
        }

        if (sx == 1 && sy == 1)
        {
            for (; i <= n - width; i += width)
            {
                TV.Store(TV.Load(y + i) + TV.Load(x + i), y + i);
            }
        }

        for (; i < n; i++)
        {
            y[i * sy] += x[i * sx];
        }
    }

    private readonly struct Addresses(float* x, float* y)
    {
        public readonly float* X = x;
        public readonly float* Y = y;
    }
}
