using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Descant.Tensors.Checkpoints;

/// <summary>The header of a safetensors file, parsed and checked against the file's length.</summary>
internal sealed class SafetensorsHeader
{
    public const int PrefixBytes = 8;
    public const string MetadataKey = "__metadata__";

    /// <summary>Longest header accepted, in bytes: the format's own limit, so that a wrong file cannot ask for gigabytes.</summary>
    public const long MostBytes = 100_000_000;

    private static readonly Dictionary<string, int> BitsOf = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 8,
        ["U8"] = 8,
        ["I8"] = 8,
        ["F8_E5M2"] = 8,
        ["F8_E4M3"] = 8,
        ["I16"] = 16,
        ["U16"] = 16,
        ["F16"] = 16,
        ["BF16"] = 16,
        ["I32"] = 32,
        ["U32"] = 32,
        ["F32"] = 32,
        ["F64"] = 64,
        ["I64"] = 64,
        ["U64"] = 64,
    };

    private readonly string _path;
    private readonly long _fileBytes;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<SafetensorsEntry> _entries = [];
    private long _dataStart;

    private SafetensorsHeader(string path, long fileBytes) => (_path, _fileBytes) = (path, fileBytes);

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public IReadOnlyList<SafetensorsEntry> Entries => _entries;

    public static SafetensorsHeader Read(string path, SafeFileHandle handle)
    {
        var header = new SafetensorsHeader(path, RandomAccess.GetLength(handle));
        byte[] prefix = new byte[PrefixBytes];
        if (header._fileBytes < PrefixBytes || RandomAccess.Read(handle, prefix, 0) < PrefixBytes)
        {
            throw header.Bad(0, $"expected {PrefixBytes} bytes of header length, got a file of {header._fileBytes}");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length is < 2 or > MostBytes)
        {
            throw header.Bad(0, $"expected a header of 2 to {MostBytes} bytes, got {length}");
        }

        if ((long)length > header._fileBytes - PrefixBytes)
        {
            throw header.Bad(0, $"expected a header of {length} bytes, got only {header._fileBytes - PrefixBytes} bytes after the length");
        }

        byte[] json = new byte[(int)length];
        for (int done = 0; done < json.Length;)
        {
            int got = RandomAccess.Read(handle, json.AsSpan(done), PrefixBytes + done);
            done += got > 0 ? got : throw header.Bad(PrefixBytes + done, "the file ended while its header was read");
        }

        header._dataStart = PrefixBytes + (long)length;
        header.Parse(json);
        header.CheckCoverage();
        return header;
    }

    private void Parse(byte[] json)
    {
        if (json[0] != (byte)'{')
        {
            throw Bad(PrefixBytes, $"expected the header to begin with '{{', got byte 0x{json[0]:X2}");
        }

        var reader = new Utf8JsonReader(json);
        try
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            Next(ref reader, JsonTokenType.StartObject);
            while (NextIsProperty(ref reader))
            {
                string name = reader.GetString()!;   // a property name is never null
                if (!names.Add(name))
                {
                    throw Bad(At(reader), $"expected every name once, got '{name}' twice");
                }

                if (name == MetadataKey)
                {
                    ParseMetadata(ref reader);
                }
                else
                {
                    ParseEntry(ref reader, name);
                }
            }

            if (reader.Read())
            {
                throw Bad(At(reader), "expected nothing after the header's object");
            }
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException or InvalidOperationException)
        {
            throw Bad(At(reader), $"the header is not valid JSON ({e.Message.ReplaceLineEndings(" ")})");
        }
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        Next(ref reader, JsonTokenType.StartObject);
        while (NextIsProperty(ref reader))
        {
            string key = reader.GetString()!;   // a property name is never null
            Next(ref reader, JsonTokenType.String);
            if (!_metadata.TryAdd(key, reader.GetString()!))   // the token is a string
            {
                throw Bad(At(reader), $"expected every metadata key once, got '{key}' twice");
            }
        }
    }

    private void ParseEntry(ref Utf8JsonReader reader, string name)
    {
        long at = At(reader);
        string? type = null;
        List<long>? shape = null, offsets = null;
        Next(ref reader, JsonTokenType.StartObject);
        while (NextIsProperty(ref reader))
        {
            string key = reader.GetString()!;   // a property name is never null
            switch (key)
            {
                case "dtype" when type is null:
                    Next(ref reader, JsonTokenType.String);
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ParseNumbers(ref reader, int.MaxValue);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseNumbers(ref reader, long.MaxValue);
                    break;
                default:
                    throw Bad(At(reader), $"tensor '{name}' expects dtype, shape and data_offsets once each, got '{key}'");
            }
        }

        if (type is null || shape is null || offsets is not { Count: 2 })
        {
            throw Bad(at, $"tensor '{name}' expects dtype, shape and two data_offsets");
        }

        if (!BitsOf.TryGetValue(type, out int bits))
        {
            throw Bad(at, $"tensor '{name}' has the unknown dtype '{type}', expected one of {string.Join(", ", BitsOf.Keys)}");
        }

        (long begin, long end) = (offsets[0], offsets[1]);
        long dataBytes = _fileBytes - _dataStart;
        if (begin > end || end > dataBytes)
        {
            throw Bad(at, $"tensor '{name}' expects data_offsets within the {dataBytes} bytes of data, got [{begin}, {end}]");
        }

        if (!TryCount(shape, out long elements) || end - begin != elements * (bits / 8))
        {
            throw Bad(at, $"tensor '{name}' of {type} [{string.Join(", ", shape)}] does not fit data_offsets [{begin}, {end}] of {end - begin} bytes");
        }

        SafetensorsType known = type switch
        {
            "F32" => SafetensorsType.F32,
            "F16" => SafetensorsType.F16,
            "BF16" => SafetensorsType.BF16,
            _ => SafetensorsType.Other,
        };
        _entries.Add(new SafetensorsEntry(name, known, type, [.. shape.Select(n => (int)n)], elements, _dataStart + begin, end - begin));
    }

    private List<long> ParseNumbers(ref Utf8JsonReader reader, long most)
    {
        var numbers = new List<long>();
        Next(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0 || value > most)
            {
                throw Bad(At(reader), $"expected an integer from 0 to {most}, got {Encoding.UTF8.GetString(reader.ValueSpan)}");
            }

            numbers.Add(value);
        }

        return numbers;
    }

    /// <summary>The format forbids holes, overlaps and trailing bytes: each byte of data belongs to exactly one tensor.</summary>
    private void CheckCoverage()
    {
        _entries.Sort((a, b) => (a.FileOffset, a.ByteLength).CompareTo((b.FileOffset, b.ByteLength)));
        long expected = _dataStart;
        foreach (SafetensorsEntry entry in _entries)
        {
            if (entry.FileOffset != expected)
            {
                throw Bad(entry.FileOffset, $"tensor '{entry.Name}' {(entry.FileOffset < expected ? "overlaps the one before it" : "leaves a hole before it")}: expected it at byte {expected}");
            }

            expected += entry.ByteLength;
        }

        if (expected != _fileBytes)
        {
            throw Bad(expected, $"expected the file to end here, got {_fileBytes - expected} more bytes that no tensor claims");
        }
    }

    /// <summary>Counts elements without overflow; nothing larger than eight bytes an element could lie in a file.</summary>
    private static bool TryCount(List<long> shape, out long elements)
    {
        elements = shape.Contains(0) ? 0 : 1;
        foreach (long n in shape)
        {
            if (elements > long.MaxValue / 8 / Math.Max(n, 1))
            {
                return false;
            }

            elements *= n;
        }

        return true;
    }

    private void Next(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        if (!reader.Read() || reader.TokenType != expected)
        {
            throw Bad(At(reader), $"the header expects {expected} here, got {reader.TokenType}");
        }
    }

    private static bool NextIsProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private static long At(in Utf8JsonReader reader) => PrefixBytes + reader.TokenStartIndex;

    private InvalidDataException Bad(long offset, string problem) =>
        new($"{_path}: not a valid safetensors file: at byte {offset} {problem}.");
}
