using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>Measures what the machine's multiply-add units can do right now: the physical limit that workloads are compared with.</summary>
internal static class FmaPeak
{
    private const int Chains = 14;          // independent sums: two units of latency 4 to 5 need at least 10
    private const int Iterations = 200_000; // about 2 ms a burst
    private const int Bursts = 40;

    /// <summary>The best of several bursts of the widest multiply-adds on all threads at once, in GFLOP/s.</summary>
    public static double Measure(int threads, VectorWidth width)
    {
        using Barrier start = new(threads);
        long[] began = new long[threads], ended = new long[threads];
        double[] rates = new double[Bursts];
        void Body(int index)
        {
            for (int burst = 0; burst < Bursts; burst++)
            {
                start.SignalAndWait();
                began[index] = Stopwatch.GetTimestamp();
                int lanes = Burst(width, out float result);
                ended[index] = Stopwatch.GetTimestamp() + (float.IsNaN(result) ? 1 : 0); // the result must be used
                start.SignalAndWait();
                if (index == 0)
                {
                    double seconds = (double)(ended.Max() - began.Min()) / Stopwatch.Frequency;
                    rates[burst] = 2.0 * Chains * Iterations * lanes * threads / seconds / 1e9;
                }
            }
        }

        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(i => new Thread(() => Body(i)) { IsBackground = true })];
        foreach (Thread thread in others)
        {
            thread.Start();
        }

        Body(0);
        foreach (Thread thread in others)
        {
            thread.Join();
        }

        return rates.Max();
    }

    private static int Burst(VectorWidth width, out float result)
    {
        switch (width)
        {
            case VectorWidth.Avx512:
                result = Run<Wide512>();
                return Wide512.Count;
            case VectorWidth.Avx2:
                result = Run<Wide256>();
                return Wide256.Count;
            default:
                result = Run<Wide128>();
                return Wide128.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run<TV>()
        where TV : struct, IVector<TV>
    {
        TV a = TV.Broadcast(0.999999f), b = TV.Broadcast(1e-6f); // a fixed point at 1: never denormal, never infinite
        TV c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a, c12 = a, c13 = a;
        for (int i = 0; i < Iterations; i++)
        {
            c0 = TV.MultiplyAdd(a, c0, b);
            c1 = TV.MultiplyAdd(a, c1, b);
            c2 = TV.MultiplyAdd(a, c2, b);
            c3 = TV.MultiplyAdd(a, c3, b);
            c4 = TV.MultiplyAdd(a, c4, b);
            c5 = TV.MultiplyAdd(a, c5, b);
            c6 = TV.MultiplyAdd(a, c6, b);
            c7 = TV.MultiplyAdd(a, c7, b);
            c8 = TV.MultiplyAdd(a, c8, b);
            c9 = TV.MultiplyAdd(a, c9, b);
            c10 = TV.MultiplyAdd(a, c10, b);
            c11 = TV.MultiplyAdd(a, c11, b);
            c12 = TV.MultiplyAdd(a, c12, b);
            c13 = TV.MultiplyAdd(a, c13, b);
        }

        return TV.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11 + c12 + c13);
    }
}
