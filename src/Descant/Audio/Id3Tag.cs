using System.Text;

namespace Descant.Audio;

/// <summary>The texts of an ID3 tag, versions 2.3 and 2.4, as WAV files carry it in a chunk of its own.</summary>
internal static class Id3Tag
{
    private const int HeaderBytes = 10; // of the tag and of each of its frames
    private static readonly Dictionary<string, string> s_keys = new(StringComparer.Ordinal)
    {
        ["TIT2"] = "title",
        ["TPE1"] = "artist",
        ["TPE2"] = "album_artist",
        ["TALB"] = "album",
        ["TDRC"] = "date",
        ["TYER"] = "date",
        ["TCON"] = "genre",
        ["TRCK"] = "track",
    };

    /// <summary>Adds the texts that have a name: known frames, comments without a description, and TXXX by its own name in lower case.</summary>
    /// <param name="tag">The tag from its <c>ID3</c> on; what is cut off or damaged is left out.</param>
    /// <param name="tags">Texts by lower-case key; the first of a key counts.</param>
    public static void Read(ReadOnlySpan<byte> tag, Dictionary<string, string> tags)
    {
        if (tag.Length < HeaderBytes || !tag[..3].SequenceEqual("ID3"u8) || tag[3] is not (3 or 4))
        {
            return;
        }

        bool isFourth = tag[3] == 4;
        byte flags = tag[5];
        byte[] body = tag[HeaderBytes..Math.Min(tag.Length, HeaderBytes + Size(tag[6..], isSynchsafe: true))].ToArray();
        if ((flags & 0x80) != 0 && !isFourth)
        {
            body = WithoutStuffing(body);
        }

        ReadOnlySpan<byte> rest = body;
        if ((flags & 0x40) != 0 && rest.Length >= 4)
        {
            // The extended header; only version 2.4 counts the four bytes of its size.
            rest = rest[Math.Min(rest.Length, Size(rest, isFourth) + (isFourth ? 0 : 4))..];
        }

        while (rest.Length > HeaderBytes && rest[0] != 0)
        {
            int size = Size(rest[4..], isFourth);
            if (size > rest.Length - HeaderBytes)
            {
                return;
            }

            // Of a frame's flags the lower byte says how its content is stored: compressed or encrypted ones are left out.
            byte stored = rest[9];
            if ((stored & (isFourth ? 0x0C : 0xC0)) == 0)
            {
                byte[] content = rest.Slice(HeaderBytes, size).ToArray();
                ReadFrame(Encoding.Latin1.GetString(rest[..4]), isFourth ? Plain(content, stored) : content, tags);
            }

            rest = rest[(HeaderBytes + size)..];
        }
    }

    private static void ReadFrame(string id, ReadOnlySpan<byte> content, Dictionary<string, string> tags)
    {
        if (content.Length < 2)
        {
            return;
        }

        byte encoding = content[0];
        ReadOnlySpan<byte> rest = content[1..];
        string? key = s_keys.GetValueOrDefault(id);
        if (id == "TXXX")
        {
            key = NextText(ref rest, encoding).ToLowerInvariant();
        }
        else if (id == "COMM" && rest.Length > 3)
        {
            rest = rest[3..]; // its language
            key = NextText(ref rest, encoding).Length == 0 ? "comment" : null;
        }

        if (key is { Length: > 0 } && NextText(ref rest, encoding) is { Length: > 0 } text)
        {
            tags.TryAdd(key, text);
        }
    }

    // A text up to its zero, which goes too.
    private static string NextText(ref ReadOnlySpan<byte> rest, byte encoding)
    {
        int width = encoding is 1 or 2 ? 2 : 1;
        int end = 0;
        while (end + width <= rest.Length && rest.Slice(end, width).ContainsAnyExcept((byte)0))
        {
            end += width;
        }

        ReadOnlySpan<byte> text = rest[..end];
        rest = rest[Math.Min(rest.Length, end + width)..];
        return encoding switch
        {
            0 => Encoding.Latin1.GetString(text),
            1 when text is [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode.GetString(text[2..]),
            1 => Encoding.Unicode.GetString(text is [0xFF, 0xFE, ..] ? text[2..] : text),
            2 => Encoding.BigEndianUnicode.GetString(text),
            _ => Encoding.UTF8.GetString(text),
        };
    }

    // Version 2.4 may say a frame's length again in front of its content, and stuff each frame on its own.
    private static byte[] Plain(byte[] content, byte stored)
    {
        byte[] text = (stored & 0x01) != 0 ? content[Math.Min(4, content.Length)..] : content;
        return (stored & 0x02) != 0 ? WithoutStuffing(text) : text;
    }

    // Unsynchronisation puts a zero behind every 0xFF (ID3v2.4 §6.1).
    private static byte[] WithoutStuffing(byte[] bytes)
    {
        List<byte> plain = new(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != 0 || i == 0 || bytes[i - 1] != 0xFF)
            {
                plain.Add(bytes[i]);
            }
        }

        return [.. plain];
    }

    // Four bytes, of which a synchsafe size uses seven bits each; one that is negative reaches beyond any tag.
    private static int Size(ReadOnlySpan<byte> bytes, bool isSynchsafe)
    {
        int bits = isSynchsafe ? 7 : 8;
        long size = ((long)bytes[0] << (3 * bits)) + (bytes[1] << (2 * bits)) + (bytes[2] << bits) + bytes[3];
        return (int)Math.Min(size, int.MaxValue - HeaderBytes);
    }
}
