namespace Descant.Separation;

/// <summary>Cuts a stream into windows with the real audio around them; beyond the stream's ends lies silence.</summary>
internal sealed class Segmenter
{
    private readonly SegmentGrid _grid;
    private readonly SampleQueue _queue;
    private readonly int _offset;
    private long _received;
    private long _windows;
    private long _lastWindows = long.MaxValue;

    /// <param name="grid">How to cut.</param>
    /// <param name="channels">Channels of the stream.</param>
    /// <param name="offset">By how much the first segment starts before the first sample, below the hop.</param>
    public Segmenter(SegmentGrid grid, int channels, int offset)
    {
        _grid = grid;
        _offset = offset;
        _queue = new SampleQueue(channels);
        _queue.AppendZeros(grid.ContextSamples + offset);
    }

    /// <summary>Whether a window is ready.</summary>
    public bool HasWindow => _windows < _lastWindows && _queue.Count >= _grid.WindowSamples;

    /// <summary>The ready window's samples of one channel.</summary>
    public ReadOnlySpan<float> Window(int channel) => _queue.Span(channel, 0, _grid.WindowSamples);

    /// <summary>Goes on to the next window.</summary>
    public void Advance()
    {
        _windows++;
        _queue.Discard(_grid.HopSamples);
    }

    /// <summary>Appends <c>source[channel][offset..offset + count]</c>.</summary>
    public void Append(float[][] source, int offset, int count)
    {
        _queue.Append(source, offset, count);
        _received += count;
    }

    /// <summary>Ends the stream: the windows that are still needed to cover it become ready.</summary>
    public void Complete()
    {
        long beyondFirst = Math.Max(0, _received + _offset - _grid.SegmentSamples);
        _lastWindows = _received == 0 ? 0 : 1 + ((beyondFirst + _grid.HopSamples - 1) / _grid.HopSamples);
        if (_windows < _lastWindows)
        {
            long end = ((_lastWindows - 1 - _windows) * _grid.HopSamples) + _grid.WindowSamples;
            _queue.AppendZeros((int)Math.Max(0, end - _queue.Count));
        }
    }
}
