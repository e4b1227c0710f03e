using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Descant.Dsp;

/// <summary>Converts planar audio from one sample rate to another, as a stream, without delay.</summary>
/// <remarks>
/// Output sample m is the band-limited input at the time m·inputRate/outputRate: an impulse at sample n comes out centred on
/// n·outputRate/inputRate. N inputs give exactly ⌈N·outputRate/inputRate⌉ outputs, those whose time lies in the input;
/// beyond its ends the input counts as silence. Flat within 0.001 dB up to 0.455 of the lower rate, 115 dB down from half of
/// it on. Outputs do not depend on how the input was cut into blocks. Equal rates copy.
/// One instance serves one stream.
/// </remarks>
public sealed class Resampler
{
    private const int BlockSamples = 8192;
    private readonly int _channels;
    private readonly int _up;
    private readonly int _down;
    private readonly ResamplingFilter? _filter;
    private readonly float[][] _history;
    private int _filled;
    private long _received;
    private long _produced;
    private int _at;
    private int _phase;
    private bool _isFlushed;

    /// <summary>Starts a stream.</summary>
    /// <param name="inputRate">Samples per second going in.</param>
    /// <param name="outputRate">Samples per second coming out.</param>
    /// <param name="channels">Channels, each of which is converted by itself.</param>
    public Resampler(int inputRate, int outputRate, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        int divisor = Divisor(inputRate, outputRate);
        _up = outputRate / divisor;
        _down = inputRate / divisor;
        _channels = channels;
        _filter = _up == _down ? null : new ResamplingFilter(_up, _down);
        int half = _filter?.HalfTaps ?? 0;
        _history = new float[channels][];
        for (int channel = 0; channel < channels; channel++)
        {
            _history[channel] = new float[(2 * half) + BlockSamples];
        }

        // The silence before the first sample.
        _filled = Math.Max(0, half - 1);
    }

    /// <summary>Outputs of so many inputs: ⌈samples·outputRate/inputRate⌉.</summary>
    public static long OutputLength(long samples, int inputRate, int outputRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        long divisor = Divisor(inputRate, outputRate);
        return (long)(((Int128)samples * (outputRate / divisor) + (inputRate / divisor) - 1) / (inputRate / divisor));
    }

    /// <summary>Room that <see cref="Write"/> of so many inputs, or <see cref="Flush"/> after it, needs at most.</summary>
    public int MostOutputs(int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        return checked((int)((((long)samples + (2 * (_filter?.HalfTaps ?? 0))) * _up / _down) + 1));
    }

    /// <summary>Converts a whole piece.</summary>
    /// <param name="input">One array of equal length per channel.</param>
    /// <param name="inputRate">Its samples per second.</param>
    /// <param name="outputRate">Samples per second wanted.</param>
    public static float[][] Convert(float[][] input, int inputRate, int outputRate)
    {
        ArgumentNullException.ThrowIfNull(input);
        Resampler resampler = new(inputRate, outputRate, input.Length);
        int samples = input[0].Length;
        int length = checked((int)OutputLength(samples, inputRate, outputRate));
        float[][] output = new float[input.Length][];
        for (int channel = 0; channel < input.Length; channel++)
        {
            output[channel] = new float[length];
        }

        int produced = resampler.Write(input, 0, samples, output, 0);
        resampler.Flush(output, produced);
        return output;
    }

    /// <summary>Takes <c>input[channel][offset..offset + count]</c> and writes what it completes to the output.</summary>
    /// <returns>Outputs written to <c>output[channel][outputOffset..]</c>; see <see cref="MostOutputs"/>.</returns>
    public int Write(float[][] input, int offset, int count, float[][] output, int outputOffset)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (input.Length != _channels || output.Length != _channels)
        {
            throw new ArgumentException($"Resampler.Write: expected {_channels} channels, got {input.Length} in and {output.Length} out");
        }

        if (_isFlushed)
        {
            throw new InvalidOperationException("Resampler.Write: the stream was flushed; start another resampler");
        }

        _received += count;
        if (_filter is null)
        {
            for (int channel = 0; channel < _channels; channel++)
            {
                input[channel].AsSpan(offset, count).CopyTo(output[channel].AsSpan(outputOffset));
            }

            _produced += count;
            return count;
        }

        int written = 0;
        while (count > 0)
        {
            int taken = Math.Min(count, _history[0].Length - _filled);
            for (int channel = 0; channel < _channels; channel++)
            {
                input[channel].AsSpan(offset, taken).CopyTo(_history[channel].AsSpan(_filled));
            }

            _filled += taken;
            offset += taken;
            count -= taken;
            written += Produce(_filter, long.MaxValue, output, outputOffset + written);
        }

        return written;
    }

    /// <summary>Ends the stream: writes the outputs that were waiting for inputs to come.</summary>
    /// <returns>Outputs written.</returns>
    public int Flush(float[][] output, int outputOffset)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_isFlushed)
        {
            return 0;
        }

        _isFlushed = true;
        if (_filter is null)
        {
            return 0;
        }

        long total = OutputLength(_received, _down, _up);
        int silence = _filter.HalfTaps;
        int written = 0;
        while (silence > 0 && _produced < total)
        {
            int taken = Math.Min(silence, _history[0].Length - _filled);
            foreach (float[] history in _history)
            {
                history.AsSpan(_filled, taken).Clear();
            }

            _filled += taken;
            silence -= taken;
            written += Produce(_filter, total, output, outputOffset + written);
        }

        return written;
    }

    private int Produce(ResamplingFilter filter, long total, float[][] output, int outputOffset)
    {
        int taps = 2 * filter.HalfTaps;
        int written = 0;
        while (_at + taps <= _filled && _produced < total)
        {
            if (filter.IsInterpolated)
            {
                double place = (double)_phase * filter.Phases / _up;
                int row = (int)place;
                float fraction = (float)(place - row);
                for (int channel = 0; channel < _channels; channel++)
                {
                    ReadOnlySpan<float> samples = _history[channel].AsSpan(_at, taps);
                    float left = Dot(samples, filter.Row(row));
                    float right = Dot(samples, filter.Row(row + 1));
                    output[channel][outputOffset + written] = left + (fraction * (right - left));
                }
            }
            else
            {
                ReadOnlySpan<float> coefficients = filter.Row(_phase);
                for (int channel = 0; channel < _channels; channel++)
                {
                    output[channel][outputOffset + written] = Dot(_history[channel].AsSpan(_at, taps), coefficients);
                }
            }

            written++;
            _produced++;
            long phase = (long)_phase + _down;
            _at += (int)(phase / _up);
            _phase = (int)(phase % _up);
        }

        // What no later output needs makes room; a fast reduction may have stepped beyond what there is.
        int passed = Math.Min(_at, _filled);
        foreach (float[] history in _history)
        {
            history.AsSpan(passed, _filled - passed).CopyTo(history);
        }

        _filled -= passed;
        _at -= passed;
        return written;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref float x = ref MemoryMarshal.GetReference(a);
        ref float y = ref MemoryMarshal.GetReference(b);
        Vector256<float> sum0 = default;
        Vector256<float> sum1 = default;
        nuint i = 0;
        nuint pairs = (nuint)b.Length & ~(nuint)15;
        for (; i < pairs; i += 16)
        {
            sum0 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref x, i), Vector256.LoadUnsafe(ref y, i), sum0);
            sum1 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref x, i + 8), Vector256.LoadUnsafe(ref y, i + 8), sum1);
        }

        return Vector256.Sum(sum0 + sum1);
    }

    private static int Divisor(int a, int b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
