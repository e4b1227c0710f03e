using System.Numerics;
using System.Runtime.InteropServices;

namespace Descant.Metrics;

/// <summary>Sums over samples in double precision, with as many partial sums as a vector has lanes.</summary>
internal static class SampleSums
{
    /// <summary>Σ x².</summary>
    public static double Energy(ReadOnlySpan<double> samples) => Product(samples, samples);

    /// <summary>Σ x·y.</summary>
    public static double Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ReadOnlySpan<Vector<double>> first = MemoryMarshal.Cast<double, Vector<double>>(a);
        ReadOnlySpan<Vector<double>> second = MemoryMarshal.Cast<double, Vector<double>>(b);
        Vector<double> sums = Vector<double>.Zero;
        for (int i = 0; i < first.Length; i++)
        {
            sums += first[i] * second[i];
        }

        double sum = Vector.Sum(sums);
        for (int i = first.Length * Vector<double>.Count; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>Σ (x − y)².</summary>
    public static double SquaredDifference(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ReadOnlySpan<Vector<double>> first = MemoryMarshal.Cast<double, Vector<double>>(a);
        ReadOnlySpan<Vector<double>> second = MemoryMarshal.Cast<double, Vector<double>>(b);
        Vector<double> sums = Vector<double>.Zero;
        for (int i = 0; i < first.Length; i++)
        {
            Vector<double> difference = first[i] - second[i];
            sums += difference * difference;
        }

        double sum = Vector.Sum(sums);
        for (int i = first.Length * Vector<double>.Count; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }

        return sum;
    }

    /// <summary>Σ x.</summary>
    public static double Sum(ReadOnlySpan<double> samples)
    {
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(samples);
        Vector<double> sums = Vector<double>.Zero;
        for (int i = 0; i < vectors.Length; i++)
        {
            sums += vectors[i];
        }

        double sum = Vector.Sum(sums);
        for (int i = vectors.Length * Vector<double>.Count; i < samples.Length; i++)
        {
            sum += samples[i];
        }

        return sum;
    }
}
