using System.Buffers;

namespace Descant.Audio;

/// <summary>
/// Reads WAV natively: RIFF, RF64 and BW64; 8, 16, 24 and 32-bit integers, 32 and 64-bit floats, plain or extensible.
/// What a truncated file still holds is read, with a warning.
/// </summary>
public sealed class WavReader : AudioReader
{
    private const int BlockBytes = 1 << 16;
    private readonly Stream _stream;
    private readonly WavHeader _header;
    private long _position;

    internal WavReader(Stream stream, string name, WavHeader header)
        : base(name, Describe(header))
    {
        _stream = stream;
        _header = header;
        _stream.Position = header.DataStart;
        foreach (string warning in header.Warnings)
        {
            Warn(warning);
        }
    }

    /// <summary>The sample that the next read starts at.</summary>
    public long Position => _position;

    /// <summary>Opens a WAV from a seekable stream, which the reader then owns.</summary>
    /// <exception cref="InvalidDataException">No WAV, or one with a compressed codec.</exception>
    public static WavReader Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        WavHeader header = WavHeader.TryRead(stream, AudioReader.OneLine(name))
            ?? throw new InvalidDataException($"{AudioReader.OneLine(name)}: no WAV of integer or float samples; open it by its path to decode it with ffmpeg");
        return new WavReader(stream, AudioReader.OneLine(name), header);
    }

    /// <inheritdoc/>
    public override int Read(float[][] destination, int offset, int count)
    {
        CheckDestination(destination, offset, count);
        int block = _header.Channels * _header.BytesPerSample;
        int wanted = (int)Math.Min(count, _header.Samples - _position);
        int blockSamples = Math.Max(1, BlockBytes / block);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Min(blockSamples, Math.Max(wanted, 1)) * block);
        int done = 0;
        try
        {
            while (done < wanted)
            {
                int samples = Math.Min(blockSamples, wanted - done);
                int read = _stream.ReadAtLeast(bytes.AsSpan(0, samples * block), samples * block, throwOnEndOfStream: false) / block;
                PcmConversion.Deinterleave(
                    bytes.AsSpan(0, read * block), _header.BytesPerSample, _header.IsFloat, destination, offset + done, read);
                done += read;
                _position += read;
                if (read < samples)
                {
                    Warn($"the file ended at sample {_position} of {_header.Samples} while it was read");
                    _position = _header.Samples;
                    break;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        return done;
    }

    /// <summary>Moves to a sample; the next read starts there.</summary>
    public void Seek(long sample)
    {
        if (sample < 0 || sample > _header.Samples)
        {
            throw new ArgumentOutOfRangeException(
                nameof(sample), $"WavReader.Seek: expected a sample from 0 to {_header.Samples}, got {sample}");
        }

        _stream.Position = _header.DataStart + (sample * _header.Channels * _header.BytesPerSample);
        _position = sample;
    }

    /// <inheritdoc/>
    public override long Skip(long samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        long skipped = Math.Min(samples, _header.Samples - _position);
        Seek(_position + skipped);
        return skipped;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _stream.Dispose();

    private static AudioStreamProperties Describe(WavHeader header) => new()
    {
        SampleRate = header.SampleRate,
        Channels = header.Channels,
        Samples = header.Samples,
        EstimatedSamples = header.Samples,
        BitDepth = header.BitDepth,
        IsFloat = header.IsFloat,
        IsLossy = false,
        Codec = header.IsFloat ? $"pcm_f{header.BytesPerSample * 8}le"
            : header.BytesPerSample == 1 ? "pcm_u8" : $"pcm_s{header.BytesPerSample * 8}le",
        Layout = SpeakerLayout.Name(header.Speakers, header.Channels),
        Tags = header.Tags,
    };
}
