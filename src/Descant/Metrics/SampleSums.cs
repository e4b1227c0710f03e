using System.Numerics;
using System.Runtime.InteropServices;

namespace Descant.Metrics;

/// <summary>Arithmetic on samples in double precision; sums have as many partial sums as a vector has lanes.</summary>
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

    /// <summary>x += y.</summary>
    public static void Add(Span<double> target, ReadOnlySpan<double> samples)
    {
        Span<Vector<double>> sums = MemoryMarshal.Cast<double, Vector<double>>(target);
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(samples);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += vectors[i];
        }

        for (int i = sums.Length * Vector<double>.Count; i < target.Length; i++)
        {
            target[i] += samples[i];
        }
    }

    /// <summary>x /= divisor.</summary>
    public static void Divide(Span<double> target, double divisor)
    {
        Span<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(target);
        Vector<double> divisors = new(divisor);
        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i] /= divisors;
        }

        for (int i = vectors.Length * Vector<double>.Count; i < target.Length; i++)
        {
            target[i] /= divisor;
        }
    }

    /// <summary>The samples as doubles.</summary>
    public static void Widen(ReadOnlySpan<float> samples, Span<double> target)
    {
        ReadOnlySpan<Vector<float>> narrow = MemoryMarshal.Cast<float, Vector<float>>(samples);
        Span<Vector<double>> wide = MemoryMarshal.Cast<double, Vector<double>>(target);
        for (int i = 0; i < narrow.Length; i++)
        {
            Vector.Widen(narrow[i], out wide[2 * i], out wide[(2 * i) + 1]);
        }

        for (int i = narrow.Length * Vector<float>.Count; i < samples.Length; i++)
        {
            target[i] = samples[i];
        }
    }
}
