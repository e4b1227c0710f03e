namespace Descant.Audio;

/// <summary>How a written file stores one sample.</summary>
public enum SampleFormat
{
    /// <summary>16-bit signed integers.</summary>
    Pcm16,

    /// <summary>24-bit signed integers, packed in three bytes.</summary>
    Pcm24,

    /// <summary>32-bit floating point, never scaled or clamped.</summary>
    FloatingPoint32,
}
