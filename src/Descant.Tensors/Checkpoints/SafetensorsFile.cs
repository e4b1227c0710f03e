using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Descant.Tensors.Checkpoints;

/// <summary>An open safetensors file: named tensors and a dictionary of text, read on demand.</summary>
/// <remarks>
/// The format (huggingface/safetensors, README "Format"): eight bytes of little-endian header length, a JSON header,
/// then one byte buffer that the tensors cover completely, without gaps or overlaps. All of that is checked when the
/// file is opened; a tensor's bytes are read straight into the caller's memory when it is asked for.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const int ConversionBlock = 32 * 1024;   // elements converted per read: 64 KiB, stays in L2

    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsEntry> _byName;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
    {
        Path = path;
        _handle = handle;
        Metadata = header.Metadata;
        Entries = header.Entries;
        _byName = header.Entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>The path that was opened.</summary>
    public string Path { get; }

    /// <summary>The text stored under <c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The tensor called <paramref name="name"/>.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public SafetensorsEntry this[string name] => _byName.TryGetValue(name, out SafetensorsEntry? entry)
        ? entry
        : throw new InvalidDataException($"{Path}: expected a tensor called '{name}', got {Entries.Count} others{Some()}. Is it the checkpoint of another model?");

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="InvalidDataException">It is not a well-formed safetensors file; the message gives path and byte offset.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path);
        try
        {
            return new SafetensorsFile(path, handle, SafetensorsHeader.Read(path, handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Looks a tensor up without failing.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out SafetensorsEntry? entry) => _byName.TryGetValue(name, out entry);

    /// <summary>Reads a tensor as float32, row-major.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, its type is not a supported one, or the file ends early.</exception>
    public float[] Read(string name)
    {
        SafetensorsEntry entry = this[name];
        if (entry.ElementCount > Array.MaxLength)
        {
            throw new InvalidDataException($"{Path}: tensor '{name}' at byte {entry.FileOffset} has {entry.ElementCount} elements, expected at most {Array.MaxLength}.");
        }

        float[] values = GC.AllocateUninitializedArray<float>((int)entry.ElementCount);
        Read(name, values);
        return values;
    }

    /// <summary>Reads a tensor as float32, row-major, into memory of exactly its size.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="InvalidDataException">There is no such tensor, its type is not a supported one, or the file ends early.</exception>
    public void Read(string name, Span<float> destination)
    {
        SafetensorsEntry entry = this[name];
        if (destination.Length != entry.ElementCount)
        {
            throw new ArgumentException($"safetensors read: '{name}' of shape [{string.Join(", ", entry.Shape)}] holds {entry.ElementCount} elements, got room for {destination.Length}.", nameof(destination));
        }

        switch (entry.Type)
        {
            case SafetensorsType.F32:
                ReadExactly(entry, 0, MemoryMarshal.AsBytes(destination));
                if (!BitConverter.IsLittleEndian)
                {
                    Span<int> bits = MemoryMarshal.Cast<float, int>(destination);
                    BinaryPrimitives.ReverseEndianness(bits, bits);
                }

                break;
            case SafetensorsType.F16:
                ReadHalves(entry, destination, static bits => (float)BitConverter.UInt16BitsToHalf(bits));
                break;
            case SafetensorsType.BF16:
                ReadHalves(entry, destination, static bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
                break;
            default:
                throw new InvalidDataException($"{Path}: tensor '{name}' at byte {entry.FileOffset} is stored as {entry.TypeName}, expected F32, F16 or BF16. Convert the file to F32.");
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private string Some() => Entries.Count == 0 ? "" : $" ({string.Join(", ", Entries.Take(3).Select(e => e.Name))}{(Entries.Count > 3 ? ", …" : "")})";

    private void ReadHalves(SafetensorsEntry entry, Span<float> destination, Func<ushort, float> widen)
    {
        ushort[] block = new ushort[Math.Min(destination.Length, ConversionBlock)];
        for (int done = 0; done < destination.Length; done += block.Length)
        {
            Span<ushort> bits = block.AsSpan(0, Math.Min(block.Length, destination.Length - done));
            ReadExactly(entry, 2L * done, MemoryMarshal.AsBytes(bits));
            for (int i = 0; i < bits.Length; i++)
            {
                destination[done + i] = widen(BitConverter.IsLittleEndian ? bits[i] : BinaryPrimitives.ReverseEndianness(bits[i]));
            }
        }
    }

    private void ReadExactly(SafetensorsEntry entry, long start, Span<byte> bytes)
    {
        long offset = entry.FileOffset + start;
        while (bytes.Length > 0)
        {
            int got = RandomAccess.Read(_handle, bytes, offset);
            if (got == 0)
            {
                throw new InvalidDataException($"{Path}: the file ends at byte {offset}, inside tensor '{entry.Name}' which expected {bytes.Length} more bytes. It was cut short while open.");
            }

            bytes = bytes[got..];
            offset += got;
        }
    }
}
