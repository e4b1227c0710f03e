using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Descant.Datasets;

/// <summary>One decoded file of an <see cref="AudioCache"/>, mapped into memory: 16-bit samples, one channel after the other.</summary>
/// <remarks>
/// 64 bytes of header (magic, version, sample rate, channels, samples per channel, peak, and the rate and samples of the file that
/// was decoded), then the channels. Samples are scaled by the file's own peak, so stems above full scale stay whole and quiet ones keep 16 bits. Reading is safe from
/// any number of threads.
/// </remarks>
public sealed class CachedAudio : IDisposable
{
    internal const int HeaderBytes = 64;
    private const uint Magic = 0x41435344; // "DSCA"
    private const uint Version = 1;
    private const int Chunk = 4096; // samples converted at a time, so that the 16-bit copy stays in the nearest cache

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly float _scale;

    private CachedAudio(MemoryMappedFile file, MemoryMappedViewAccessor view, ReadOnlySpan<byte> header)
    {
        _file = file;
        _view = view;
        SampleRate = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        Channels = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        Length = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        Peak = BinaryPrimitives.ReadSingleLittleEndian(header[24..]);
        SourceRate = BinaryPrimitives.ReadInt32LittleEndian(header[28..]);
        SourceLength = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        _scale = Peak / short.MaxValue;
    }

    /// <summary>Samples per second.</summary>
    public int SampleRate { get; }

    /// <summary>Number of channels.</summary>
    public int Channels { get; }

    /// <summary>Samples per channel.</summary>
    public long Length { get; }

    /// <summary>The largest magnitude; 1 is full scale.</summary>
    public float Peak { get; }

    /// <summary>Samples per second of the file before it was resampled; 0 where an older version decoded it.</summary>
    public int SourceRate { get; }

    /// <summary>Samples per channel of the file before it was resampled; 0 where an older version decoded it.</summary>
    public long SourceLength { get; }

    /// <summary>Maps a file written by <see cref="Write"/>.</summary>
    /// <exception cref="InvalidDataException">It is none, or it is cut off.</exception>
    public static CachedAudio Open(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        Span<byte> header = stackalloc byte[HeaderBytes];
        stream.ReadExactly(header);
        int channels = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        long length = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        long expected = HeaderBytes + (channels * length * sizeof(short));
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != Version
            || stream.Length != expected)
        {
            throw new InvalidDataException(
                $"audio cache: '{path}' is damaged ({stream.Length} bytes, expected {expected}); delete it and it is made again.");
        }

        MemoryMappedFile file = MemoryMappedFile.CreateFromFile(
            path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        return new CachedAudio(file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read), header);
    }

    /// <summary>Copies samples of one channel as float; what lies before the first or after the last sample is zero.</summary>
    /// <param name="channel">Channel, from 0.</param>
    /// <param name="start">First sample; may be negative or past the end.</param>
    /// <param name="destination">As many samples as it holds; full scale is 1.</param>
    public void Read(int channel, long start, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, Channels);
        int before = (int)Math.Clamp(-start, 0, destination.Length);
        destination[..before].Clear();
        long from = start + before;
        int count = (int)Math.Clamp(Length - from, 0, destination.Length - before);
        destination[(before + count)..].Clear();
        destination = destination.Slice(before, count);

        Span<short> stored = stackalloc short[Chunk];
        long position = HeaderBytes + (((channel * Length) + from) * sizeof(short));
        while (!destination.IsEmpty)
        {
            int samples = Math.Min(Chunk, destination.Length);
            _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(_view.PointerOffset + position), stored[..samples]);
            Convert(stored[..samples], destination, _scale);
            destination = destination[samples..];
            position += samples * sizeof(short);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    /// <summary>Writes decoded audio in this format.</summary>
    /// <param name="stream">Receives it.</param>
    /// <param name="sampleRate">Samples per second of <paramref name="channels"/>.</param>
    /// <param name="channels">The samples, one array of equal length per channel.</param>
    /// <param name="source">Rate and samples of the file before it was resampled.</param>
    internal static void Write(Stream stream, int sampleRate, IReadOnlyList<float[]> channels, (int Rate, long Samples) source)
    {
        int length = channels[0].Length;
        float peak = 0;
        foreach (float[] channel in channels)
        {
            foreach (float sample in channel)
            {
                peak = Math.Max(peak, Math.Abs(sample));
            }
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], channels.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], length);
        BinaryPrimitives.WriteSingleLittleEndian(header[24..], peak);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], source.Rate);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], source.Samples);
        stream.Write(header);
        float scale = peak > 0 ? short.MaxValue / peak : 0;
        short[] stored = new short[Chunk];
        foreach (float[] channel in channels)
        {
            for (int start = 0; start < length; start += Chunk)
            {
                int samples = Math.Min(Chunk, length - start);
                for (int i = 0; i < samples; i++)
                {
                    stored[i] = (short)MathF.Round(channel[start + i] * scale);
                }

                stream.Write(MemoryMarshal.AsBytes(stored.AsSpan(0, samples)));
            }
        }
    }

    private static void Convert(ReadOnlySpan<short> stored, Span<float> destination, float scale)
    {
        int i = 0;
        int floats = Vector<float>.Count;
        for (; i <= stored.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(stored[i..]), out Vector<int> low, out Vector<int> high);
            (Vector.ConvertToSingle(low) * scale).CopyTo(destination[i..]);
            (Vector.ConvertToSingle(high) * scale).CopyTo(destination[(i + floats)..]);
        }

        for (; i < stored.Length; i++)
        {
            destination[i] = stored[i] * scale;
        }
    }
}
