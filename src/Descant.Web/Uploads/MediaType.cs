using System.Buffers;

namespace Descant.Web.Uploads;

/// <summary>Refuses, by content, what is no recording, before any decoder looks at it.</summary>
internal static class MediaType
{
    // Archives may hold whole MP3 files, which a lenient decoder would find; pictures and documents may not be "decoded" either.
    private static readonly (byte[] Start, string Name)[] s_others =
    [
        ("PK\x03\x04"u8.ToArray(), "a ZIP archive"),
        ("PK\x05\x06"u8.ToArray(), "a ZIP archive"),
        ([0x1F, 0x8B], "a gzip archive"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z'], "an xz archive"),
        ("BZh"u8.ToArray(), "a bzip2 archive"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive"),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF], "a 7z archive"),
        ("Rar!"u8.ToArray(), "a RAR archive"),
        ("%PDF"u8.ToArray(), "a PDF document"),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], "a picture"),
        ("GIF8"u8.ToArray(), "a picture"),
        ([0xFF, 0xD8, 0xFF], "a picture"),
        ([0x7F, (byte)'E', (byte)'L', (byte)'F'], "a program"),
        ("MZ"u8.ToArray(), "a program"),
    ];

    // Printable ASCII, white space, and everything that UTF-8 is made of.
    private static readonly SearchValues<byte> s_text = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(value => value is (>= 32 and not 127 and not 0xFF) or 9 or 10 or 12 or 13 or 27).Select(value => (byte)value)]);

    /// <summary>What the file is instead of a recording; null where a decoder may look at it.</summary>
    /// <param name="start">The first bytes of the file.</param>
    public static string? Other(ReadOnlySpan<byte> start)
    {
        foreach ((byte[] mark, string name) in s_others)
        {
            if (start.StartsWith(mark))
            {
                return name;
            }
        }

        // Playlists, cue sheets, concat lists, web pages, SVG and scripts are text; recordings are not.
        return start.Length > 0 && !start.ContainsAnyExcept(s_text) ? "text" : null;
    }

    /// <summary>Whether the file says that it is WAV.</summary>
    public static bool IsWav(ReadOnlySpan<byte> start) => start.Length >= 12 && start[8..12].SequenceEqual("WAVE"u8)
        && (start[..4].SequenceEqual("RIFF"u8) || start[..4].SequenceEqual("RF64"u8) || start[..4].SequenceEqual("BW64"u8));
}
