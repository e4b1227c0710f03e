using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Descant.Audio;

/// <summary>Where the samples of a RIFF, RF64 or BW64 WAVE file lie and what they are.</summary>
internal sealed record WavHeader
{
    private const uint Unknown = 0xFFFFFFFF;

    // Far more chunks than any honest file has; a file of zeros would otherwise be half a billion of them.
    private const int MostChunks = 4096;
    private const int MostTagBytes = 1 << 16;
    private const int MostId3Bytes = 1 << 20; // it may hold a picture
    private const int LowestRate = 1000;
    private const int HighestRate = 1_536_000;
    private const ushort Pcm = 1;
    private const ushort Float = 3;
    private const ushort Extensible = 0xFFFE;

    public required int SampleRate { get; init; }

    public required int Channels { get; init; }

    public required int BytesPerSample { get; init; }

    public required int BitDepth { get; init; }

    public required bool IsFloat { get; init; }

    public required long DataStart { get; init; }

    public required long Samples { get; init; }

    /// <summary>A bit for each speaker; 0 where none are stated.</summary>
    public required uint Speakers { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads the header, or returns null where the file is no WAV or holds a codec that only ffmpeg knows.</summary>
    /// <exception cref="InvalidDataException">A WAV that cannot be read.</exception>
    public static WavHeader? TryRead(Stream stream, string name)
    {
        Span<byte> riff = stackalloc byte[12];
        stream.Position = 0;
        if (stream.ReadAtLeast(riff, 12, throwOnEndOfStream: false) < 12 || !riff[8..].SequenceEqual("WAVE"u8)
            || !(riff[..4].SequenceEqual("RIFF"u8) || riff[..4].SequenceEqual("RF64"u8) || riff[..4].SequenceEqual("BW64"u8)))
        {
            return null;
        }

        uint riffSize = BinaryPrimitives.ReadUInt32LittleEndian(riff[4..]);
        Dictionary<string, long> longSizes = [];
        Dictionary<string, string> tags = [], id3 = [];
        byte[]? format = null;
        long dataStart = -1;
        long dataSize = 0;
        Span<byte> chunk = stackalloc byte[8];
        long position = 12;
        for (int chunks = 0; chunks < MostChunks && position + 8 <= stream.Length; chunks++)
        {
            stream.Position = position;
            stream.ReadExactly(chunk);
            string id = Encoding.Latin1.GetString(chunk[..4]);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (size == Unknown && longSizes.TryGetValue(id, out long longSize))
            {
                size = longSize;
            }

            long body = position + 8;
            if (size < 0 && id != "data")
            {
                break; // only ds64 can say so, and what follows cannot be found
            }

            switch (id)
            {
                case "ds64":
                    ReadLongSizes(ReadBody(stream, size, MostTagBytes), longSizes);
                    break;
                case "fmt ":
                    format ??= ReadBody(stream, size, 40);
                    break;
                case "LIST":
                    ReadTags(ReadBody(stream, size, MostTagBytes), tags);
                    break;
                case "id3 " or "ID3 " when id3.Count == 0:
                    Id3Tag.Read(ReadBody(stream, size, MostId3Bytes), id3);
                    break;
                case "data" when dataStart < 0:
                    dataStart = body;

                    // A recorder that was killed leaves the sizes of an empty file, and audio behind them.
                    bool unfinished = size == Unknown
                        || (size == 0 && (riffSize is 0 or Unknown || (stream.Length > body && (riffSize + 8L <= body || !HoldsChunks(stream, body)))));
                    dataSize = unfinished ? long.MaxValue : size;
                    size = unfinished ? stream.Length - body : size;
                    break;
                default:
                    break;
            }

            if (size < 0 || size > stream.Length - body)
            {
                break;
            }

            position = body + size + (size & 1);
        }

        if (dataStart < 0 || format is null || format.Length < 16)
        {
            string missing = format is null ? "format" : dataStart < 0 ? "data" : "complete format";
            throw new InvalidDataException($"{name}: damaged WAV, it has no {missing} chunk");
        }

        // ID3 states its encoding and has no limit of length, so that it says better what INFO says too.
        foreach ((string key, string value) in id3)
        {
            tags[key] = value;
        }

        return Interpret(format, stream.Length, dataStart, dataSize, tags, name);
    }

    private static WavHeader? Interpret(
        ReadOnlySpan<byte> format, long fileLength, long dataStart, long dataSize, Dictionary<string, string> tags, string name)
    {
        ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(format);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(format[2..]);
        long rate = BinaryPrimitives.ReadUInt32LittleEndian(format[4..]);
        int blockAlign = BinaryPrimitives.ReadUInt16LittleEndian(format[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(format[14..]);
        int depth = bits;
        uint speakers = 0;
        if (tag == Extensible && format.Length >= 26)
        {
            speakers = BinaryPrimitives.ReadUInt32LittleEndian(format[20..]);
            int valid = BinaryPrimitives.ReadUInt16LittleEndian(format[18..]);
            depth = valid > 0 && valid < bits ? valid : bits;
            tag = BinaryPrimitives.ReadUInt16LittleEndian(format[24..]);
        }

        if (tag is not (Pcm or Float))
        {
            return null;
        }

        if (channels == 0)
        {
            throw new InvalidDataException($"{name}: damaged WAV, it has 0 channels");
        }

        if (rate is < LowestRate or > HighestRate)
        {
            throw new InvalidDataException(
                $"{name}: damaged WAV, expected a sample rate of {LowestRate} to {HighestRate} Hz, got {rate}");
        }

        // 12-bit samples sit in two bytes, 20-bit in three or four: the block decides, and the bits where it is absurd.
        int bytesPerSample = blockAlign % channels == 0 && blockAlign / channels * 8 >= bits
            ? blockAlign / channels
            : (bits + 7) / 8;
        bool isFloat = tag == Float;
        if (bits == 0 || !(isFloat ? bytesPerSample is 4 or 8 && bits == bytesPerSample * 8 : bytesPerSample is >= 1 and <= 4))
        {
            throw new InvalidDataException(
                $"{name}: expected 8, 16, 24 or 32-bit integer or 32 or 64-bit float WAV, got {bits}-bit {(isFloat ? "float" : "integer")} in {bytesPerSample} bytes");
        }

        List<string> warnings = [];
        long block = (long)channels * bytesPerSample;
        long available = Math.Max(0, fileLength - dataStart);
        if (dataSize == long.MaxValue)
        {
            warnings.Add("the WAV header was never finished, reading to the end of the file");
            dataSize = available;
        }
        else if (dataSize < 0 || dataSize > available)
        {
            warnings.Add($"truncated WAV, {available / block} of {(ulong)dataSize / (ulong)block} samples are there");
            dataSize = available;
        }

        if (dataSize % block != 0)
        {
            warnings.Add($"the last {dataSize % block} bytes are no whole sample and were left out");
        }

        return new WavHeader
        {
            SampleRate = (int)rate,
            Channels = channels,
            BytesPerSample = bytesPerSample,
            BitDepth = depth,
            IsFloat = isFloat,
            DataStart = dataStart,
            Samples = dataSize / block,
            Speakers = speakers,
            Tags = tags,
            Warnings = warnings,
        };
    }

    // Whether what follows is chunks up to the end, as behind a recording without samples, and not audio.
    private static bool HoldsChunks(Stream stream, long position)
    {
        Span<byte> chunk = stackalloc byte[8];
        for (int chunks = 0; chunks < MostChunks && position + 8 <= stream.Length; chunks++)
        {
            stream.Position = position;
            stream.ReadExactly(chunk);
            if (chunk[..4].IndexOfAnyExceptInRange((byte)' ', (byte)'~') >= 0)
            {
                return false;
            }

            long size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            position += 8 + size + (size & 1);
        }

        return position == stream.Length || position == stream.Length + 1; // some leave the last chunk without its padding
    }

    private static byte[] ReadBody(Stream stream, long size, int most)
    {
        byte[] body = new byte[(int)Math.Min(Math.Min(size, most), stream.Length - stream.Position)];
        stream.ReadExactly(body);
        return body;
    }

    private static void ReadLongSizes(ReadOnlySpan<byte> body, Dictionary<string, long> sizes)
    {
        if (body.Length < 28)
        {
            return;
        }

        sizes["data"] = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        uint entries = BinaryPrimitives.ReadUInt32LittleEndian(body[24..]);
        for (int i = 0, at = 28; i < entries && at + 12 <= body.Length; i++, at += 12)
        {
            sizes[Encoding.Latin1.GetString(body.Slice(at, 4))] = BinaryPrimitives.ReadInt64LittleEndian(body[(at + 4)..]);
        }
    }

    private static void ReadTags(ReadOnlySpan<byte> body, Dictionary<string, string> tags)
    {
        if (body.Length < 4 || !body[..4].SequenceEqual("INFO"u8))
        {
            return;
        }

        for (int at = 4; at + 8 <= body.Length;)
        {
            string id = Encoding.Latin1.GetString(body.Slice(at, 4));
            int size = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(body[(at + 4)..]), (uint)(body.Length - at - 8));
            string? key = id switch
            {
                "INAM" => "title",
                "IART" => "artist",
                "IPRD" => "album",
                "ICRD" => "date",
                "IGNR" => "genre",
                "ICMT" => "comment",
                "IPRT" or "ITRK" => "track",
                _ => null,
            };
            ReadOnlySpan<byte> text = body.Slice(at + 8, size);
            string value = (Utf8.IsValid(text) ? Encoding.UTF8 : Encoding.Latin1).GetString(text).TrimEnd('\0'); // INFO states no encoding
            if (key is not null && value.Length > 0)
            {
                tags[key] = value;
            }

            at += 8 + size + (size & 1);
        }
    }
}
