using System.Numerics;

namespace Descant.Audio;

/// <summary>Layouts of speakers, by ffmpeg's name and by the bits of a WAVE_FORMAT_EXTENSIBLE header; channels follow the bits' order.</summary>
internal static class SpeakerLayout
{
    private static readonly (string Name, uint Speakers)[] s_known =
    [
        ("mono", 0x4), ("stereo", 0x3), ("2.1", 0xB), ("3.0", 0x7), ("3.0(back)", 0x103), ("4.0", 0x107), ("quad", 0x33), ("quad(side)", 0x603),
        ("3.1", 0xF), ("5.0", 0x37), ("5.0(side)", 0x607), ("4.1", 0x10F), ("5.1", 0x3F), ("5.1(side)", 0x60F), ("6.0", 0x707),
        ("6.1", 0x70F), ("6.1(back)", 0x13F), ("7.0", 0x637), ("7.1", 0x63F), ("7.1(wide)", 0xFF), ("octagonal", 0x737),
    ];

    /// <summary>The name, or null where the bits name none or not as many speakers as there are channels.</summary>
    public static string? Name(uint speakers, int channels) =>
        BitOperations.PopCount(speakers) == channels ? s_known.FirstOrDefault(layout => layout.Speakers == speakers).Name : null;

    /// <summary>The bits, or 0 where the name is unknown or has another number of speakers.</summary>
    public static uint Speakers(string? name, int channels) =>
        s_known.FirstOrDefault(layout => layout.Name == name).Speakers is var speakers && BitOperations.PopCount(speakers) == channels ? speakers : 0;
}
