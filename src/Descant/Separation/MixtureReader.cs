using System.Globalization;
using Descant.Audio;

namespace Descant.Separation;

/// <summary>A song's samples from a start for a duration, with NaN and infinite samples replaced by 0 and counted.</summary>
internal sealed class MixtureReader : IDisposable
{
    private readonly AudioReader _reader;
    private readonly long _skip;
    private readonly double _startSeconds;
    private long _left;
    private long _skipped;
    private bool _started;
    private bool _hasRead;

    /// <param name="reader">The song, which this then owns.</param>
    /// <param name="startSeconds">Where to start.</param>
    /// <param name="durationSeconds">How much to read; null for all.</param>
    public MixtureReader(AudioReader reader, double startSeconds, double? durationSeconds)
    {
        _reader = reader;
        _startSeconds = startSeconds;
        int rate = reader.Properties.SampleRate;
        _skip = (long)Math.Round(startSeconds * rate);
        _left = durationSeconds is { } seconds ? (long)Math.Round(seconds * rate) : long.MaxValue;
        long? known = reader.Properties.Samples ?? reader.Properties.EstimatedSamples;
        ExpectedSamples = known is { } samples ? Math.Min(_left, Math.Max(0, samples - _skip)) : _left == long.MaxValue ? null : _left;
    }

    /// <summary>Rate, channels and origin of the samples.</summary>
    public AudioStreamProperties Properties => _reader.Properties;

    /// <summary>How many samples are expected; null when nothing tells.</summary>
    public long? ExpectedSamples { get; }

    /// <summary>Values that were NaN or infinite.</summary>
    public long Replaced { get; private set; }

    /// <summary>Damage that was read around, one line each.</summary>
    public IReadOnlyList<string> Warnings => _reader.Warnings;

    /// <summary>Reads up to <paramref name="count"/> samples to the arrays' start; 0 only at the end.</summary>
    public int Read(float[][] destination, int count) => Read(destination, 0, count);

    /// <summary>Reads up to <paramref name="count"/> samples to <c>destination[channel][offset..]</c>; 0 only at the end.</summary>
    /// <exception cref="InvalidDataException">The song ends before the start, or cannot be decoded.</exception>
    public int Read(float[][] destination, int offset, int count)
    {
        Start();
        int read = _reader.Read(destination, offset, (int)Math.Min(count, _left));
        if (read == 0 && !_hasRead && _skip > 0 && count > 0 && _left > 0)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{_reader.Name}: expected a start before the song's end at {(double)_skipped / Properties.SampleRate:0.###} s, got {_startSeconds:0.###} s"));
        }

        _hasRead |= read > 0;
        _left -= read;
        foreach (float[] channel in destination)
        {
            Replaced += ReplaceNonFinite(channel.AsSpan(offset, read));
        }

        return read;
    }

    /// <summary>Passes over samples.</summary>
    /// <returns>How many were passed over, fewer only at the end.</returns>
    public long Skip(long samples)
    {
        Start();
        long skipped = _reader.Skip(Math.Min(samples, _left));
        _left -= skipped;
        return skipped;
    }

    public void Dispose() => _reader.Dispose();

    /// <summary>Sets NaN and infinities to 0.</summary>
    /// <returns>How many there were.</returns>
    internal static long ReplaceNonFinite(Span<float> samples)
    {
        long replaced = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            if (!float.IsFinite(samples[i]))
            {
                samples[i] = 0;
                replaced++;
            }
        }

        return replaced;
    }

    private void Start()
    {
        if (!_started)
        {
            _started = true;
            _skipped = _reader.Skip(_skip);
        }
    }
}
