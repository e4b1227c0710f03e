using System.Numerics;

namespace Descant.Separation;

/// <summary>Joins the estimates of overlapping segments: cross-faded sums divided by the sum of the fades.</summary>
/// <remarks>The fades are linear over the overlap. Dividing by their sum makes every overlap, and the stream's ends,
/// reproduce equal estimates exactly but for rounding.</remarks>
internal sealed class OverlapAdd
{
    private readonly SegmentGrid _grid;
    private readonly float[][] _sums;
    private readonly float[] _weights;
    private readonly float[] _fade;
    private int _skip;
    private long _finished;

    /// <param name="grid">How the stream was cut.</param>
    /// <param name="channels">Planar signals to join: sources times channels.</param>
    /// <param name="offset">By how much the first segment starts before the first sample.</param>
    /// <param name="output">Receives the joined samples.</param>
    public OverlapAdd(SegmentGrid grid, int channels, int offset, SampleQueue output)
    {
        _grid = grid;
        _skip = offset;
        Output = output;
        int segment = grid.SegmentSamples;
        _sums = new float[channels][];
        for (int channel = 0; channel < channels; channel++)
        {
            _sums[channel] = new float[segment];
        }

        _weights = new float[segment];
        _fade = new float[segment];
        float overlap = segment - grid.HopSamples;
        for (int i = 0; i < segment; i++)
        {
            // Half a sample inwards keeps every weight above 0; without overlap all are 1.
            float edge = Math.Min(i, segment - 1 - i) + 0.5f;
            _fade[i] = overlap == 0 ? 1 : Math.Min(1, edge / overlap);
        }
    }

    /// <summary>Receives the joined samples.</summary>
    public SampleQueue Output { get; }

    /// <summary>Adds the next window's estimates, [channels][window] in one span.</summary>
    public void Add(ReadOnlySpan<float> estimates)
    {
        int segment = _grid.SegmentSamples;
        for (int channel = 0; channel < _sums.Length; channel++)
        {
            ReadOnlySpan<float> estimate = estimates.Slice((channel * _grid.WindowSamples) + _grid.ContextSamples, segment);
            MultiplyAdd(estimate, _fade, _sums[channel]);
        }

        for (int i = 0; i < segment; i++)
        {
            _weights[i] += _fade[i];
        }

        Emit(_grid.HopSamples);
    }

    /// <summary>Ends the stream, of which this many samples exist.</summary>
    public void Complete(long samples)
    {
        long rest = samples - _finished;
        if (rest > 0)
        {
            Emit((int)rest + _skip);
            return;
        }

        // The last segment reached beyond the stream's end.
        int excess = (int)-rest;
        Output.Trim(excess);
        _finished -= excess;
    }

    private void Emit(int count)
    {
        int from = Math.Min(_skip, count);
        _skip -= from;
        int emitted = count - from;
        Output.Extend(emitted);
        for (int channel = 0; channel < _sums.Length; channel++)
        {
            float[] sums = _sums[channel];
            Span<float> target = Output.Span(channel, Output.Count - emitted, emitted);
            for (int i = 0; i < emitted; i++)
            {
                target[i] = sums[from + i] / _weights[from + i];
            }

            Shift(sums, count);
        }

        Shift(_weights, count);
        _finished += emitted;
    }

    private static void Shift(float[] values, int count)
    {
        Array.Copy(values, count, values, 0, values.Length - count);
        values.AsSpan(values.Length - count).Clear();
    }

    private static void MultiplyAdd(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> sum)
    {
        int i = 0;
        for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> product = new Vector<float>(x[i..]) * new Vector<float>(y[i..]);
            (product + new Vector<float>(sum[i..])).CopyTo(sum[i..]);
        }

        for (; i < sum.Length; i++)
        {
            sum[i] += x[i] * y[i];
        }
    }
}
