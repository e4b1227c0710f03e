namespace Descant.Audio;

/// <summary>What is known about an audio stream before its samples are read.</summary>
public sealed record AudioStreamProperties
{
    /// <summary>Samples per second of each channel, as stored: never assumed, never rounded.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Channels, 1 for mono.</summary>
    public required int Channels { get; init; }

    /// <summary>Samples of each channel when known exactly before reading (WAV); null when only decoding tells.</summary>
    public long? Samples { get; init; }

    /// <summary>Samples of each channel as the container claims them: for progress, never for allocation or trimming.</summary>
    public long? EstimatedSamples { get; init; }

    /// <summary>Significant bits of one stored sample; 0 for lossy codecs, which have no such number.</summary>
    public required int BitDepth { get; init; }

    /// <summary>Whether the samples are stored as floating-point numbers, and may exceed full scale.</summary>
    public bool IsFloat { get; init; }

    /// <summary>Whether the codec discards information (MP3, AAC, Opus, ...).</summary>
    public bool IsLossy { get; init; }

    /// <summary>Name of the codec as ffmpeg spells it, for example <c>pcm_s16le</c> or <c>mp3</c>.</summary>
    public required string Codec { get; init; }

    /// <summary>The speakers of the channels as ffmpeg spells them, for example <c>5.1(side)</c>; null when not stated.</summary>
    public string? Layout { get; init; }

    /// <summary>Text tags with lower-case keys (<c>title</c>, <c>artist</c>, <c>album</c>, <c>date</c>, ...).</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}
