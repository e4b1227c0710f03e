using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Descant.Tensors.Checkpoints;

/// <summary>Writes a safetensors file: declare every tensor, then write each one's values, then <see cref="Complete"/>.</summary>
/// <remarks>
/// The bytes go to a file beside the target that replaces it only in <see cref="Complete"/>, so a process killed in the
/// middle leaves the previous checkpoint whole. Declaring first is what lets values stream from where they lie.
/// </remarks>
public sealed class SafetensorsWriter : IDisposable
{
    private const int Alignment = 64;                // so that a mapped file can be read by the widest vectors
    private const int ConversionBlock = 32 * 1024;   // elements converted per write: 64 KiB, stays in L2

    private readonly string _path;
    private readonly string _partialPath;
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsEntry> _missing;
    private readonly Dictionary<string, SafetensorsEntry> _declared;
    private bool _completed;

    /// <param name="path">The file to create or replace.</param>
    /// <param name="tensors">Name and row-major shape of every tensor, in the order of the file.</param>
    /// <param name="metadata">Text to store in the header, such as a model's configuration.</param>
    /// <param name="type">F32, or F16 (round to nearest even; about three digits, magnitudes up to 65504).</param>
    /// <exception cref="ArgumentException">A name is reserved or given twice, a dimension is negative, or the type cannot be written.</exception>
    public SafetensorsWriter(
        string path,
        IEnumerable<(string Name, IReadOnlyList<int> Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        SafetensorsType type = SafetensorsType.F32)
    {
        if (type is not (SafetensorsType.F32 or SafetensorsType.F16))
        {
            throw new ArgumentException($"safetensors write: expected F32 or F16, got {type}.", nameof(type));
        }

        List<SafetensorsEntry> entries = Layout(tensors, type, out long dataBytes);
        byte[] header = Header(entries, metadata);
        _path = path;
        _partialPath = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".descant-{Guid.NewGuid():N}.part"); // as PendingFile names them
        _declared = entries.ToDictionary(
            e => e.Name, e => e with { FileOffset = e.FileOffset + SafetensorsHeader.PrefixBytes + header.Length }, StringComparer.Ordinal);
        _missing = new Dictionary<string, SafetensorsEntry>(_declared, StringComparer.Ordinal);
        _handle = File.OpenHandle(
            _partialPath, FileMode.Create, FileAccess.Write, preallocationSize: SafetensorsHeader.PrefixBytes + header.Length + dataBytes);
        byte[] prefix = new byte[SafetensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        RandomAccess.Write(_handle, prefix, 0);
        RandomAccess.Write(_handle, header, prefix.Length);
    }

    /// <summary>Writes the values of one declared tensor, row-major. Any order.</summary>
    /// <exception cref="ArgumentException">The tensor was not declared, was written before, or has another number of elements.</exception>
    public void Write(string name, ReadOnlySpan<float> values)
    {
        if (!_missing.TryGetValue(name, out SafetensorsEntry? entry))
        {
            throw new ArgumentException($"safetensors write: '{name}' was {(_declared.ContainsKey(name) ? "written twice" : "not declared")}.", nameof(name));
        }

        if (values.Length != entry.ElementCount)
        {
            throw new ArgumentException($"safetensors write: '{name}' of shape [{string.Join(", ", entry.Shape)}] expects {entry.ElementCount} elements, got {values.Length}.", nameof(values));
        }

        if (entry.Type == SafetensorsType.F32 && BitConverter.IsLittleEndian)
        {
            RandomAccess.Write(_handle, MemoryMarshal.AsBytes(values), entry.FileOffset);
        }
        else
        {
            WriteConverted(entry, values);
        }

        _missing.Remove(name);
    }

    /// <summary>Flushes to the disk and puts the file in its place.</summary>
    /// <exception cref="InvalidOperationException">A declared tensor was not written.</exception>
    public void Complete()
    {
        if (_missing.Count > 0)
        {
            throw new InvalidOperationException($"safetensors write: {_missing.Count} declared tensors were not written, the first is '{_missing.Keys.First()}'.");
        }

        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_partialPath, _path, overwrite: true);
        _completed = true;
    }

    /// <summary>Closes the file; without <see cref="Complete"/> the target stays as it was.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        if (!_completed)
        {
            File.Delete(_partialPath);
        }
    }

    private static List<SafetensorsEntry> Layout(
        IEnumerable<(string Name, IReadOnlyList<int> Shape)> tensors, SafetensorsType type, out long bytes)
    {
        int size = type == SafetensorsType.F32 ? 4 : 2;
        var names = new HashSet<string>(StringComparer.Ordinal);
        List<SafetensorsEntry> entries = [];
        bytes = 0;
        foreach ((string name, IReadOnlyList<int> shape) in tensors)
        {
            if (name == SafetensorsHeader.MetadataKey || !names.Add(name))
            {
                throw new ArgumentException($"safetensors write: expected unique names other than {SafetensorsHeader.MetadataKey}, got '{name}'{(names.Contains(name) ? " twice" : "")}.", nameof(tensors));
            }

            if (shape.Any(n => n < 0))
            {
                throw new ArgumentException($"safetensors write: '{name}' expects dimensions of 0 or more, got [{string.Join(", ", shape)}].", nameof(tensors));
            }

            long elements = shape.Aggregate(1L, (product, n) => checked(product * n));
            entries.Add(new SafetensorsEntry(name, type, type.ToString(), [.. shape], elements, bytes, elements * size));
            bytes += elements * size;
        }

        return entries;
    }

    private static byte[] Header(List<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            foreach (SafetensorsEntry entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.TypeName);
                json.WriteStartArray("shape");
                foreach (int n in entry.Shape)
                {
                    json.WriteNumberValue(n);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(entry.FileOffset);
                json.WriteNumberValue(entry.FileOffset + entry.ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while ((SafetensorsHeader.PrefixBytes + buffer.Length) % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');   // the format allows trailing blanks for exactly this
        }

        return buffer.ToArray();
    }

    private void WriteConverted(SafetensorsEntry entry, ReadOnlySpan<float> values)
    {
        int size = entry.Type == SafetensorsType.F32 ? 4 : 2;
        byte[] block = new byte[Math.Min(values.Length, ConversionBlock) * size];
        for (int done = 0; done < values.Length; done += ConversionBlock)
        {
            ReadOnlySpan<float> part = values.Slice(done, Math.Min(ConversionBlock, values.Length - done));
            for (int i = 0; i < part.Length; i++)
            {
                if (size == 4)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(block.AsSpan(4 * i), part[i]);
                }
                else
                {
                    BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(2 * i), (Half)part[i]);
                }
            }

            RandomAccess.Write(_handle, block.AsSpan(0, part.Length * size), entry.FileOffset + ((long)size * done));
        }
    }
}
