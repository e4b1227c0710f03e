using Descant.Tensors;

namespace Descant.Training;

/// <summary>Random numbers that depend on a seed and an index and on nothing else: example 17 is the same whoever makes it, and when.</summary>
/// <remarks>SplitMix64 started at a hash of both.</remarks>
internal sealed class RandomStream
{
    private const ulong Spread = 0x9E3779B97F4A7C15; // neighbouring indices begin far apart
    private ulong _state;

    public RandomStream(ulong seed, ulong index)
    {
        ulong start = SplitMix64.Next(ref seed) ^ (index * Spread);
        _state = SplitMix64.Next(ref start);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next() => SplitMix64.Next(ref _state);

    /// <summary>In [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>In [low, high).</summary>
    public float Uniform(double low, double high) => (float)(low + ((high - low) * Unit()));

    /// <summary>In [low, high), every octave equally likely.</summary>
    public float LogUniform(double low, double high) => (float)(low * Math.Pow(high / low, Unit()));

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => Unit() < probability;

    /// <summary>A whole number from 0 to below <paramref name="count"/>.</summary>
    public long Below(long count) => (long)(Unit() * count);

    /// <summary>A place in a list of running sums of weights, as likely as its weight.</summary>
    public int Pick(double[] runningSums)
    {
        int place = Array.BinarySearch(runningSums, Unit() * runningSums[^1]);
        return Math.Min(place < 0 ? ~place : place + 1, runningSums.Length - 1);
    }

    /// <summary>Fills with white noise, uniform in ±1.</summary>
    public void Noise(Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (int)(Next() >> 32) * (1f / (1L << 31));
        }
    }
}
