using System.Runtime.CompilerServices;
using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Mean of (estimate − reference)² over all elements: a scalar.</summary>
    /// <param name="estimate">Any shape.</param>
    /// <param name="reference">The same shape, or one that broadcasts to it.</param>
    public static Tensor MseLoss(Tensor estimate, Tensor reference)
    {
        if (!SquaredError.Applies(estimate, reference))
        {
            return (estimate - reference).Square().Mean();
        }

        Tensor y = Engine.Of(estimate, reference).Full(SquaredError.Mean(estimate, reference), [.. Enumerable.Repeat(1, estimate.Rank)]);
        return Engine.Record(y, [estimate, reference], g =>
        {
            Tensor? d = estimate.IsTracked || reference.IsTracked
                ? Elementwise.Binary("mse_loss", estimate.On(g.Engine), reference, new ScaledDifferenceOp(2 * g.Item() / estimate.ElementCount))
                : null;
            return [d, reference.IsTracked ? -d! : null]; // computed whenever one of them is tracked
        });
    }

    private readonly struct ScaledDifferenceOp(float factor) : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => (a - b) * TV.Broadcast(factor);
    }
}

/// <summary>The mean squared difference of two tensors that lie in memory alike, in one pass: a loss over spectrograms is bound by memory.</summary>
internal static unsafe class SquaredError
{
    private const int Block = 4096;               // floats summed in vectors before their sum goes to double
    private const int LeastElementsPerJob = 1 << 16;

    public static bool Applies(Tensor a, Tensor b) =>
        a.Shape.SequenceEqual(b.Shape) && Layout.SameStrides(a, b) && a.IsDense && a.ElementCount > 0;

    public static float Mean(Tensor a, Tensor b)
    {
        int count = a.ElementCount, jobs = Math.Clamp(count / LeastElementsPerJob, 1, 64);
        double[] sums = new double[jobs];
        nint pa = (nint)a.Pointer(), pb = (nint)b.Pointer();
        VectorWidth width = a.Engine.Width;
        a.Engine.Workers.Run(jobs, (job, _) =>
        {
            int from = (int)((long)job * count / jobs), to = (int)((job + 1L) * count / jobs);
            sums[job] = width switch
            {
                VectorWidth.Avx512 => Sum<Wide512>((float*)pa + from, (float*)pb + from, to - from),
                VectorWidth.Avx2 => Sum<Wide256>((float*)pa + from, (float*)pb + from, to - from),
                _ => Sum<Wide128>((float*)pa + from, (float*)pb + from, to - from),
            };
        });
        GC.KeepAlive((a, b));
        return (float)(sums.Sum() / count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum<TV>(float* a, float* b, int n)
        where TV : struct, IVector<TV>
    {
        double sum = 0;
        for (int start = 0; start < n; start += Block)
        {
            int end = Math.Min(n, start + Block), i = start;
            TV s = TV.Zero, t = TV.Zero;
            for (; i <= end - (2 * TV.Count); i += 2 * TV.Count)
            {
                TV d = TV.Load(a + i) - TV.Load(b + i), e = TV.Load(a + i + TV.Count) - TV.Load(b + i + TV.Count);
                s = TV.MultiplyAdd(d, d, s);
                t = TV.MultiplyAdd(e, e, t);
            }

            sum += TV.Sum(s + t);
            for (; i < end; i++)
            {
                double d = a[i] - b[i];
                sum += d * d;
            }
        }

        return sum;
    }
}
