using System.Numerics;

namespace Descant.Dsp;

/// <summary>Changes the sample rate of a stream: band-limited, without delay, in memory that does not depend on its length.</summary>
/// <remarks>
/// <para>Windowed sinc (Smith and Gossett, "A flexible sampling-rate conversion method", ICASSP 1984), every phase of it tabulated.
/// Output sample m is the band-limited signal at exactly m · input rate / output rate, so that converting there and back leaves
/// every sample where it was. Beyond the stream's ends lies silence.</para>
/// <para>Pass band to 0.42 of the lower rate within 1e-5, stop band from 0.5 of it below −105 dB: Kaiser's window with
/// β = 11.2 over 48 samples of the lower rate to each side (Kaiser's formulas for 110 dB and a transition of 0.08 ask for 45).</para>
/// </remarks>
public sealed class Resampler
{
    private const double Cutoff = 0.46;     // middle of the transition, in cycles per sample of the lower rate
    private const double HalfWidth = 48;    // samples of the lower rate
    private const double Beta = 11.2;
    private const int MostPhases = 4096;    // beyond, neighbouring phases are interpolated; the error stays below 1e-7

    private readonly long _up;
    private readonly long _down;
    private readonly int _reach;
    private readonly int _taps;
    private readonly float[] _table;
    private readonly int _phases;
    private readonly float[][] _history;
    private long _start;
    private long _received;
    private long _produced;

    /// <summary>Prepares a stream.</summary>
    /// <param name="inputRate">Samples per second that go in.</param>
    /// <param name="outputRate">Samples per second that come out.</param>
    /// <param name="channels">Channels.</param>
    public Resampler(int inputRate, int outputRate, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        int divisor = (int)BigInteger.GreatestCommonDivisor(inputRate, outputRate);
        _up = outputRate / divisor;
        _down = inputRate / divisor;
        double scale = Math.Min(1, (double)_up / _down);
        _reach = (int)Math.Ceiling(HalfWidth / scale);
        _taps = 2 * _reach;
        _phases = (int)Math.Min(_up, MostPhases);
        _table = Table(scale);
        _history = new float[channels][];
        for (int channel = 0; channel < channels; channel++)
        {
            _history[channel] = new float[4 * _taps];
        }

        // Output 0 reaches back over silence.
        _start = -_reach;
    }

    /// <summary>Outputs of so many inputs: all whose time lies within them.</summary>
    public static long OutputLength(long samples, int inputRate, int outputRate) =>
        (long)(((Int128)samples * outputRate + inputRate - 1) / inputRate);

    /// <summary>Room that <see cref="Write"/> of so many inputs, or <see cref="Flush"/> after it, needs at most.</summary>
    public int MostOutputs(int samples) => (int)(((samples + _reach + 1) * _up / _down) + 2);

    /// <summary>Takes <c>input[channel][offset..offset + count]</c> and writes what it completes to the output.</summary>
    /// <returns>Outputs written to <c>output[channel][outputOffset..]</c>.</returns>
    public int Write(float[][] input, int offset, int count, float[][] output, int outputOffset)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        int held = (int)(_received - _start);
        Reserve(held, count);
        for (int channel = 0; channel < _history.Length; channel++)
        {
            input[channel].AsSpan(offset, count).CopyTo(_history[channel].AsSpan(held));
        }

        _received += count;

        // The last usable sample needs _reach later ones: index ≤ received − 1 − reach.
        long last = _received - 1 - _reach;
        return Produce(last < 0 ? 0 : ((((last + 1) * _up) - 1) / _down) + 1, _received, output, outputOffset);
    }

    /// <summary>Ends the stream: writes the outputs that were waiting for inputs to come.</summary>
    /// <returns>Outputs written.</returns>
    public int Flush(float[][] output, int outputOffset)
    {
        ArgumentNullException.ThrowIfNull(output);
        int held = (int)(_received - _start);
        Reserve(held, _reach + 1);
        foreach (float[] history in _history)
        {
            history.AsSpan(held, _reach + 1).Clear();
        }

        return Produce(((_received * _up) + _down - 1) / _down, _received + _reach + 1, output, outputOffset);
    }

    private static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Vector<float> sum = Vector<float>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += new Vector<float>(x[i..]) * new Vector<float>(y[i..]);
        }

        float rest = Vector.Sum(sum);
        for (; i < x.Length; i++)
        {
            rest += x[i] * y[i];
        }

        return rest;
    }

    // I0, the modified Bessel function of order 0, by its power series: converges quickly for arguments up to β.
    private static double BesselI0(double x)
    {
        double sum = 1;
        double term = 1;
        for (int k = 1; term > 1e-18 * sum; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }

    // Row p holds the kernel at offsets k − reach + 1 − p/phases, k = 0 … taps − 1, each row scaled to sum to 1.
    private float[] Table(double scale)
    {
        float[] table = new float[(_phases + 1) * _taps];
        double[] row = new double[_taps];
        double cutoff = 2 * Cutoff * scale;
        double width = HalfWidth / scale;
        double norm = BesselI0(Beta);
        for (int phase = 0; phase <= _phases; phase++)
        {
            double sum = 0;
            for (int k = 0; k < _taps; k++)
            {
                double t = k - _reach + 1 - ((double)phase / _phases);
                double inside = 1 - (t / width * (t / width));
                double sinc = t == 0 ? cutoff : Math.Sin(Math.PI * cutoff * t) / (Math.PI * t);
                row[k] = inside <= 0 ? 0 : sinc * BesselI0(Beta * Math.Sqrt(inside)) / norm;
                sum += row[k];
            }

            for (int k = 0; k < _taps; k++)
            {
                table[(phase * _taps) + k] = (float)(row[k] / sum);
            }
        }

        return table;
    }

    private void Reserve(int held, int count)
    {
        if (held + count <= _history[0].Length)
        {
            return;
        }

        for (int channel = 0; channel < _history.Length; channel++)
        {
            Array.Resize(ref _history[channel], Math.Max(held + count, 2 * _history[channel].Length));
        }
    }

    private int Produce(long until, long available, float[][] output, int outputOffset)
    {
        int count = (int)Math.Max(0, until - _produced);
        for (int i = 0; i < count; i++)
        {
            long position = (_produced + i) * _down;
            long index = position / _up;
            double phase = (double)(position % _up) / _up * _phases;
            int row = _up == _phases ? (int)(position % _up) : (int)phase;
            float between = _up == _phases ? 0 : (float)(phase - row);
            int first = (int)(index - _reach + 1 - _start);
            ReadOnlySpan<float> kernel = _table.AsSpan(row * _taps, _taps);
            for (int channel = 0; channel < _history.Length; channel++)
            {
                ReadOnlySpan<float> x = _history[channel].AsSpan(first, _taps);
                float value = Dot(x, kernel);
                if (between > 0)
                {
                    value += between * (Dot(x, _table.AsSpan((row + 1) * _taps, _taps)) - value);
                }

                output[channel][outputOffset + i] = value;
            }
        }

        _produced += count;
        Discard(available);
        return count;
    }

    // Drops what no later output reaches.
    private void Discard(long available)
    {
        long needed = (_produced * _down / _up) - _reach + 1;
        int drop = (int)Math.Min(needed - _start, available - _start);
        int held = (int)(available - _start);
        if (drop < held / 2)
        {
            return;
        }

        foreach (float[] history in _history)
        {
            history.AsSpan(drop, held - drop).CopyTo(history);
        }

        _start += drop;
    }
}
