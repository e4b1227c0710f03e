using System.Buffers.Binary;
using System.Text;

namespace Descant.Audio;

/// <summary>Tags as WAV chunks: a LIST INFO for what it has names for, and an ID3v2.4 tag for everything.</summary>
internal static class WavTags
{
    private static readonly Dictionary<string, (string? Info, string Id3)> s_names = new(StringComparer.Ordinal)
    {
        ["title"] = ("INAM", "TIT2"),
        ["artist"] = ("IART", "TPE1"),
        ["album"] = ("IPRD", "TALB"),
        ["album_artist"] = (null, "TPE2"),
        ["date"] = ("ICRD", "TDRC"),
        ["track"] = ("ITRK", "TRCK"),
        ["genre"] = ("IGNR", "TCON"),
        ["comment"] = ("ICMT", "COMM"),
    };

    /// <summary>The chunks that follow the samples; empty without tags.</summary>
    public static byte[] Chunks(IReadOnlyDictionary<string, string> tags)
    {
        if (tags.Count == 0)
        {
            return [];
        }

        using MemoryStream info = new();
        using MemoryStream frames = new();
        info.Write("INFO"u8);
        foreach ((string key, string value) in tags)
        {
            byte[] text = Encoding.UTF8.GetBytes(value);
            if (s_names.TryGetValue(key, out (string? Info, string Id3) names) && names.Info is { } name)
            {
                WriteChunk(info, name, [.. text, 0]);
            }

            // Encoding 3 is UTF-8. A comment has a language and an empty description, a tag without a name of its own is TXXX.
            (string id, byte[] body) = names.Id3 switch
            {
                null => ("TXXX", (byte[])[3, .. Encoding.UTF8.GetBytes(key.ToUpperInvariant()), 0, .. text]),
                "COMM" => ("COMM", [3, .. "und"u8, 0, .. text]),
                string known => (known, [3, .. text]),
            };
            frames.Write(Encoding.ASCII.GetBytes(id));
            WriteSynchsafe(frames, body.Length);
            frames.Write([0, 0]);
            frames.Write(body);
        }

        using MemoryStream id3 = new();
        id3.Write([(byte)'I', (byte)'D', (byte)'3', 4, 0, 0]);
        WriteSynchsafe(id3, (int)frames.Length);
        frames.WriteTo(id3);

        using MemoryStream chunks = new();
        if (info.Length > 4)
        {
            WriteChunk(chunks, "LIST", info.ToArray());
        }

        WriteChunk(chunks, "id3 ", id3.ToArray());
        return chunks.ToArray();
    }

    private static void WriteChunk(MemoryStream target, string id, byte[] body)
    {
        Span<byte> size = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, body.Length);
        target.Write(Encoding.ASCII.GetBytes(id));
        target.Write(size);
        target.Write(body);
        if (body.Length % 2 != 0)
        {
            target.WriteByte(0);
        }
    }

    // Seven bits a byte, so that no byte looks like the start of an MPEG frame (ID3v2.4 §6.2).
    private static void WriteSynchsafe(MemoryStream target, int value) => target.Write(
        [(byte)(value >> 21 & 0x7F), (byte)(value >> 14 & 0x7F), (byte)(value >> 7 & 0x7F), (byte)(value & 0x7F)]);
}
