using System.Buffers.Binary;

namespace Descant.Audio;

/// <summary>
/// Writes WAV as a stream of planar blocks; it becomes RF64 (EBU Tech 3306) where 32-bit sizes do not suffice. The file
/// appears under its name only after <see cref="Complete"/>; disposing earlier leaves nothing behind.
/// </summary>
/// <remarks>
/// A 28-byte <c>JUNK</c> chunk holds the place of RF64's <c>ds64</c>. More than two channels are written as
/// WAVE_FORMAT_EXTENSIBLE, with the speakers where they are known. Integer samples are <c>round(x * 2^(bits-1))</c>, clamped: what
/// <see cref="WavReader"/> read from a file of at most that depth is written back bit for bit.
/// </remarks>
public sealed class WavWriter : AudioWriter
{
    private const int BlockBytes = 1 << 16;
    private const int LongSizesBytes = 28;
    private readonly PendingFile _file;
    private readonly FileStream _stream;
    private readonly byte[] _buffer;
    private readonly int _channels;
    private readonly int _sampleRate;
    private readonly SampleFormat _format;
    private readonly long _largestRiff;
    private bool _finished;

    /// <summary>Starts a file.</summary>
    public WavWriter(string path, int sampleRate, int channels, SampleFormat format)
        : this(path, sampleRate, channels, format, uint.MaxValue)
    {
    }

    /// <param name="path">The final name.</param>
    /// <param name="sampleRate">Samples per second of each channel.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="format">How one sample is stored.</param>
    /// <param name="largestRiff">Bytes from which the file becomes RF64; a test lowers it.</param>
    internal WavWriter(string path, int sampleRate, int channels, SampleFormat format, long largestRiff)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        if (channels * BytesPerSample(format) > ushort.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(channels), $"WavWriter: WAV cannot hold {channels} channels");
        }

        _sampleRate = sampleRate;
        _channels = channels;
        _format = format;
        _largestRiff = largestRiff;
        _file = new PendingFile(path);
        _stream = new FileStream(_file.TemporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1);
        int block = channels * BytesPerSample(format);
        _buffer = new byte[Math.Max(1, BlockBytes / block) * block];
        _stream.Write(Header());
    }

    /// <summary>The speakers as ffmpeg spells them; null where nobody knows.</summary>
    internal string? Layout { get; init; }

    /// <summary>Whole chunks that follow the samples.</summary>
    internal byte[] Trailer { get; init; } = [];

    /// <summary>How many values exceeded full scale and were clamped; always 0 for float.</summary>
    public long Clamped { get; private set; }

    /// <inheritdoc/>
    public override void Write(float[][] source, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (source.Length != _channels)
        {
            throw new ArgumentException($"WavWriter.Write: expected {_channels} channels, got {source.Length}", nameof(source));
        }

        int block = _channels * BytesPerSample(_format);
        while (count > 0)
        {
            int samples = Math.Min(count, _buffer.Length / block);
            Span<byte> bytes = _buffer.AsSpan(0, samples * block);
            Clamped += PcmConversion.Interleave(source, offset, samples, _format, bytes);
            _stream.Write(bytes);
            Samples += samples;
            offset += samples;
            count -= samples;
        }
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        if (_finished)
        {
            return;
        }

        if ((Samples * _channels * BytesPerSample(_format) & 1) != 0)
        {
            _stream.WriteByte(0);
        }

        _stream.Write(Trailer);
        _stream.Position = 0;
        _stream.Write(Header());
        _stream.Dispose();
        _finished = true;
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        Finish();
        _file.Commit();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        try
        {
            _stream.Dispose();
        }
        finally
        {
            _file.Dispose(); // also where the disk is full, and the last bytes could not be flushed
        }
    }

    private static int BytesPerSample(SampleFormat format) => format switch
    {
        SampleFormat.Pcm16 => 2,
        SampleFormat.Pcm24 => 3,
        SampleFormat.FloatingPoint32 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(format), $"WavWriter: expected a sample format, got {format}"),
    };

    private byte[] Header()
    {
        bool isFloat = _format == SampleFormat.FloatingPoint32;
        bool extensible = _channels > 2;
        int sampleBytes = BytesPerSample(_format);
        int formatBytes = extensible ? 40 : isFloat ? 18 : 16;
        int headerBytes = 12 + 8 + LongSizesBytes + 8 + formatBytes + (isFloat ? 12 : 0) + 8;
        long dataBytes = Samples * _channels * sampleBytes;
        long riffBytes = headerBytes - 8 + dataBytes + (dataBytes & 1) + Trailer.Length;
        bool isLong = riffBytes > _largestRiff;
        byte[] header = new byte[headerBytes];
        Span<byte> rest = header;
        Put(ref rest, isLong ? "RF64"u8 : "RIFF"u8, isLong ? uint.MaxValue : (uint)riffBytes);
        Put(ref rest, "WAVE"u8);
        Put(ref rest, isLong ? "ds64"u8 : "JUNK"u8, LongSizesBytes);
        if (isLong)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, riffBytes);
            BinaryPrimitives.WriteInt64LittleEndian(rest[8..], dataBytes);
            BinaryPrimitives.WriteInt64LittleEndian(rest[16..], Samples);
        }

        rest = rest[LongSizesBytes..];
        Put(ref rest, "fmt "u8, (uint)formatBytes);
        ushort tag = (ushort)(isFloat ? 3 : 1);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, extensible ? (ushort)0xFFFE : tag);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], (ushort)_channels);
        BinaryPrimitives.WriteInt32LittleEndian(rest[4..], _sampleRate);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], (uint)Math.Min((long)_sampleRate * _channels * sampleBytes, uint.MaxValue));
        BinaryPrimitives.WriteUInt16LittleEndian(rest[12..], (ushort)(_channels * sampleBytes));
        BinaryPrimitives.WriteUInt16LittleEndian(rest[14..], (ushort)(sampleBytes * 8));
        if (extensible)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest[16..], 22);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[18..], (ushort)(sampleBytes * 8));
            BinaryPrimitives.WriteUInt32LittleEndian(rest[20..], SpeakerLayout.Speakers(Layout, _channels));
            BinaryPrimitives.WriteUInt16LittleEndian(rest[24..], tag);

            // The rest of KSDATAFORMAT_SUBTYPE_PCM and _IEEE_FLOAT after the two bytes of the tag.
            ReadOnlySpan<byte> subtype = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];
            subtype.CopyTo(rest[26..]);
        }

        rest = rest[formatBytes..];
        if (isFloat)
        {
            Put(ref rest, "fact"u8, 4);
            BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)Math.Min(Samples, uint.MaxValue));
            rest = rest[4..];
        }

        Put(ref rest, "data"u8, isLong ? uint.MaxValue : (uint)dataBytes);
        return header;
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> id)
    {
        id.CopyTo(rest);
        rest = rest[4..];
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> id, uint size)
    {
        Put(ref rest, id);
        BinaryPrimitives.WriteUInt32LittleEndian(rest, size);
        rest = rest[4..];
    }
}
