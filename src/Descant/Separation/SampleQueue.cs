namespace Descant.Separation;

/// <summary>Planar samples that wait: appended at one end, taken at the other.</summary>
internal sealed class SampleQueue
{
    private readonly float[][] _samples;
    private int _start;

    public SampleQueue(int channels)
    {
        _samples = new float[channels][];
        for (int channel = 0; channel < channels; channel++)
        {
            _samples[channel] = new float[4096];
        }
    }

    /// <summary>Channels.</summary>
    public int Channels => _samples.Length;

    /// <summary>Samples of each channel that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Appends <c>source[channel][offset..offset + count]</c>.</summary>
    public void Append(float[][] source, int offset, int count)
    {
        Reserve(count);
        for (int channel = 0; channel < _samples.Length; channel++)
        {
            source[channel].AsSpan(offset, count).CopyTo(_samples[channel].AsSpan(_start + Count));
        }

        Count += count;
    }

    /// <summary>Appends samples that hold anything until they are written through <see cref="Span"/>.</summary>
    public void Extend(int count)
    {
        Reserve(count);
        Count += count;
    }

    /// <summary>Appends silence.</summary>
    public void AppendZeros(int count)
    {
        Extend(count);
        for (int channel = 0; channel < _samples.Length; channel++)
        {
            Span(channel, Count - count, count).Clear();
        }
    }

    /// <summary>A stretch of one channel, counted from the oldest sample; valid until the next append.</summary>
    public Span<float> Span(int channel, int offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + count, Count);
        return _samples[channel].AsSpan(_start + offset, count);
    }

    /// <summary>Copies the oldest samples out and drops them.</summary>
    public void Take(float[][] destination, int count)
    {
        for (int channel = 0; channel < _samples.Length; channel++)
        {
            Span(channel, 0, count).CopyTo(destination[channel]);
        }

        Discard(count);
    }

    /// <summary>Drops the oldest samples.</summary>
    public void Discard(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count -= count;
        _start = Count == 0 ? 0 : _start + count;
    }

    /// <summary>Drops the newest samples.</summary>
    public void Trim(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count -= count;
    }

    private void Reserve(int count)
    {
        if (_start + Count + count <= _samples[0].Length)
        {
            return;
        }

        // Moving to the front costs one copy per half a buffer at most, since the buffer holds twice what is needed.
        int capacity = Math.Max(_samples[0].Length, 2 * (Count + count));
        for (int channel = 0; channel < _samples.Length; channel++)
        {
            float[] target = capacity > _samples[channel].Length ? new float[capacity] : _samples[channel];
            Array.Copy(_samples[channel], _start, target, 0, Count);
            _samples[channel] = target;
        }

        _start = 0;
    }
}
