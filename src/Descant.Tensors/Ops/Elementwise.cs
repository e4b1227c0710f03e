using System.Runtime.CompilerServices;
using Descant.Tensors.Kernels;

namespace Descant.Tensors;

/// <summary>A function of up to three vectors, applied element by element. Written once for every vector width.</summary>
internal interface IElementwise
{
    /// <summary>How many of the operands are read, 1 to 3.</summary>
    public static abstract int Operands { get; }

    public TV Apply<TV>(TV a, TV b, TV c)
        where TV : struct, IVector<TV>;
}

/// <summary>Runs element-wise functions over tensors of any layout, with broadcasting.</summary>
internal static unsafe class Elementwise
{
    private const int GatherLength = 256; // floats of a stretch whose elements do not lie side by side

    public static Tensor Unary<TOp>(Tensor x, TOp op)
        where TOp : struct, IElementwise
    {
        Tensor y = x.Engine.Allocate(x.Shape, Layout.DenseLike(x.Shape, x.Strides));
        Run(y, x, null, null, op);
        return y;
    }

    public static Tensor Binary<TOp>(string operation, Tensor a, Tensor b, TOp op)
        where TOp : struct, IElementwise
    {
        int[] shape = Layout.Broadcast(operation, a, b);
        Tensor like = a.ElementCount >= b.ElementCount ? a : b;
        int[] strides = like.Rank == shape.Length ? Layout.DenseLike(shape, like.Strides) : Layout.RowMajor(shape);
        Tensor y = Engine.Of(a, b).Allocate(shape, strides);
        Run(y, a, b, null, op);
        return y;
    }

    /// <summary>Three operands of one shape.</summary>
    public static Tensor Ternary<TOp>(Tensor a, Tensor b, Tensor c, TOp op)
        where TOp : struct, IElementwise
    {
        Tensor y = Engine.Of(a, b, c).Allocate(a.Shape, Layout.DenseLike(a.Shape, a.Strides));
        Run(y, a, b, c, op);
        return y;
    }

    /// <summary>Writes op(a, b, c) into <paramref name="y"/>, to whose shape the operands broadcast.</summary>
    public static void Run<TOp>(Tensor y, Tensor a, Tensor? b, Tensor? c, TOp op)
        where TOp : struct, IElementwise
    {
        if (y.ElementCount == 0)
        {
            return;
        }

        int rank = y.Rank;
        Tensor second = b ?? a, third = c ?? a;
        StridedLoop loop = new(
            y.Shape,
            y.Strides.ToArray(),
            StridedLoop.BroadcastStrides(a, rank, y.Shape),
            StridedLoop.BroadcastStrides(second, rank, y.Shape),
            StridedLoop.BroadcastStrides(third, rank, y.Shape));
        Pointers p = new(y.Pointer(), a.Pointer(), second.Pointer(), third.Pointer());
        switch (y.Engine.Width)
        {
            case VectorWidth.Avx512:
                Run<Wide512, TOp>(y.Engine.Workers, loop, p, op);
                break;
            case VectorWidth.Avx2:
                Run<Wide256, TOp>(y.Engine.Workers, loop, p, op);
                break;
            default:
                Run<Wide128, TOp>(y.Engine.Workers, loop, p, op);
                break;
        }
    }

    private static void Run<TV, TOp>(WorkerPool workers, StridedLoop loop, Pointers p, TOp op)
        where TV : struct, IVector<TV>
        where TOp : struct, IElementwise
    {
        int jobs = loop.Jobs(workers.Threads);
        if (jobs == 1)
        {
            Part<TV, TOp>(loop, p, op, 0, 1);
        }
        else
        {
            workers.Run(jobs, (job, _) => Part<TV, TOp>(loop, p, op, job, jobs));
        }
    }

    private static void Part<TV, TOp>(StridedLoop loop, Pointers p, TOp op, int job, int jobs)
        where TV : struct, IVector<TV>
        where TOp : struct, IElementwise
    {
        nint sy = loop.InnerStride(0), sa = loop.InnerStride(1), sb = loop.InnerStride(2), sc = loop.InnerStride(3);
        if (loop.IsFlat)
        {
            int from = Cut(loop.InnerLength, job, jobs), to = Cut(loop.InnerLength, job + 1, jobs);
            Stretch<TV, TOp>(p.Y + (from * sy), sy, p.A + (from * sa), sa, p.B + (from * sb), sb, p.C + (from * sc), sc, to - from, op);
            return;
        }

        int first = (int)((long)job * loop.OuterCount / jobs), last = (int)((long)(job + 1) * loop.OuterCount / jobs);
        Span<nint> offsets = stackalloc nint[4];
        Span<int> positions = stackalloc int[loop.OuterAxes];
        loop.Locate(first, offsets);
        loop.Positions(first, positions);
        for (int i = first; i < last; i++)
        {
            Stretch<TV, TOp>(p.Y + offsets[0], sy, p.A + offsets[1], sa, p.B + offsets[2], sb, p.C + offsets[3], sc, loop.InnerLength, op);
            loop.Advance(positions, offsets);
        }
    }

    /// <summary>Boundary of a flat loop's part, a multiple of 64 elements so that parts share no cache line.</summary>
    private static int Cut(int length, int part, int parts) =>
        part == parts ? length : (int)((long)part * length / parts) & ~63;

    private static void Stretch<TV, TOp>(
        float* y, nint sy, float* a, nint sa, float* b, nint sb, float* c, nint sc, int n, TOp op)
        where TV : struct, IVector<TV>
        where TOp : struct, IElementwise
    {
        bool plain = sy == 1 && sa is 0 or 1 && (TOp.Operands < 2 || sb is 0 or 1) && (TOp.Operands < 3 || sc is 0 or 1);
        if (plain && sy == 1)
        {
            Contiguous<TV, TOp>(y, a, sa, b, sb, c, sc, n, op);
            return;
        }

        float* gathered = stackalloc float[4 * GatherLength];
        for (int done = 0; done < n; done += GatherLength)
        {
            int length = Math.Min(GatherLength, n - done);
            Gather(a + (done * sa), sa, gathered, length);
            if (TOp.Operands > 1)
            {
                Gather(b + (done * sb), sb, gathered + GatherLength, length);
            }

            if (TOp.Operands > 2)
            {
                Gather(c + (done * sc), sc, gathered + (2 * GatherLength), length);
            }

            float* result = gathered + (3 * GatherLength);
            Contiguous<TV, TOp>(result, gathered, 1, gathered + GatherLength, 1, gathered + (2 * GatherLength), 1, length, op);
            for (int i = 0; i < length; i++)
            {
                y[(done + i) * sy] = result[i];
            }
        }
    }

    private static void Gather(float* source, nint stride, float* destination, int length)
    {
        for (int i = 0; i < length; i++)
        {
            destination[i] = source[i * stride];
        }
    }

    /// <summary>y[i] = op(a[i·sa], b[i·sb], c[i·sc]) with strides 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Contiguous<TV, TOp>(float* y, float* a, nint sa, float* b, nint sb, float* c, nint sc, int n, TOp op)
        where TV : struct, IVector<TV>
        where TOp : struct, IElementwise
    {
        int width = TV.Count;
        TV va = TV.Broadcast(*a), vb = TOp.Operands > 1 ? TV.Broadcast(*b) : default, vc = TOp.Operands > 2 ? TV.Broadcast(*c) : default;
        int i = 0;
        for (; i <= n - width; i += width)
        {
            if (sa != 0)
            {
                va = TV.Load(a + i);
            }

            if (TOp.Operands > 1 && sb != 0)
            {
                vb = TV.Load(b + i);
            }

            if (TOp.Operands > 2 && sc != 0)
            {
                vc = TV.Load(c + i);
            }

            TV.Store(op.Apply(va, vb, vc), y + i);
        }

        if (i == n)
        {
            return;
        }

        // The rest goes through the same vector function, so that every element is computed alike.
        int rest = n - i;
        va = sa == 0 ? va : TV.LoadPartial(a + i, rest);
        if (TOp.Operands > 1)
        {
            vb = sb == 0 ? vb : TV.LoadPartial(b + i, rest);
        }

        if (TOp.Operands > 2)
        {
            vc = sc == 0 ? vc : TV.LoadPartial(c + i, rest);
        }

        TV.StorePartial(op.Apply(va, vb, vc), y + i, rest);
    }

    private readonly struct Pointers(float* y, float* a, float* b, float* c)
    {
        public readonly float* Y = y;
        public readonly float* A = a;
        public readonly float* B = b;
        public readonly float* C = c;
    }
}
