using System.Numerics;

namespace Descant.Training;

/// <summary>One or two channels of an excerpt, and the arithmetic on them that mixing needs.</summary>
internal sealed class StereoBuffer
{
    private readonly float[][] _channels;

    public StereoBuffer(int channels, int samples)
    {
        _channels = [.. Enumerable.Range(0, channels).Select(_ => new float[samples])];
        Samples = samples;
    }

    public int Channels => _channels.Length;

    public int Samples { get; }

    public Span<float> this[int channel] => _channels[channel];

    public void Clear()
    {
        foreach (float[] channel in _channels)
        {
            Array.Clear(channel);
        }
    }

    public void CopyFrom(StereoBuffer other)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            other[channel].CopyTo(this[channel]);
        }
    }

    public void Scale(float factor)
    {
        foreach (float[] channel in _channels)
        {
            Multiply(channel, factor);
        }
    }

    /// <summary>Adds <paramref name="factor"/> times another buffer.</summary>
    public void Add(StereoBuffer other, float factor)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            AddScaled(other[channel], factor, this[channel]);
        }
    }

    /// <summary>Root of the mean square over all channels.</summary>
    public float Level()
    {
        double sum = 0;
        foreach (float[] channel in _channels)
        {
            sum += SumOfSquares(channel);
        }

        return (float)Math.Sqrt(sum / ((double)Channels * Samples));
    }

    public void SwapChannels()
    {
        if (Channels == 2)
        {
            (_channels[0], _channels[1]) = (_channels[1], _channels[0]);
        }
    }

    public static void Multiply(Span<float> x, float factor)
    {
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(x[i..]) * factor).CopyTo(x[i..]);
        }

        for (; i < x.Length; i++)
        {
            x[i] *= factor;
        }
    }

    /// <summary><c>y += factor · x</c>.</summary>
    public static void AddScaled(ReadOnlySpan<float> x, float factor, Span<float> y)
    {
        int i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(y[i..]) + (new Vector<float>(x[i..]) * factor)).CopyTo(y[i..]);
        }

        for (; i < y.Length; i++)
        {
            y[i] += factor * x[i];
        }
    }

    public static double SumOfSquares(ReadOnlySpan<float> x)
    {
        const int Block = 4096; // summed in float, so that the rounding error stays below 1e-4; blocks in double
        double total = 0;
        for (int start = 0; start < x.Length; start += Block)
        {
            ReadOnlySpan<float> block = x.Slice(start, Math.Min(Block, x.Length - start));
            Vector<float> sum = Vector<float>.Zero;
            int i = 0;
            for (; i <= block.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> v = new(block[i..]);
                sum += v * v;
            }

            float rest = 0;
            for (; i < block.Length; i++)
            {
                rest += block[i] * block[i];
            }

            total += Vector.Sum(sum) + rest;
        }

        return total;
    }
}
