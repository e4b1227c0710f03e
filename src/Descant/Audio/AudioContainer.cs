namespace Descant.Audio;

/// <summary>The kinds of file that stems are written as.</summary>
public enum AudioContainer
{
    /// <summary>WAV, RF64 above 4 GiB.</summary>
    Wav,

    /// <summary>FLAC, lossless.</summary>
    Flac,

    /// <summary>MP3, encoded by LAME.</summary>
    Mp3,

    /// <summary>AAC in an MPEG-4 file.</summary>
    M4a,

    /// <summary>Vorbis in Ogg.</summary>
    Ogg,

    /// <summary>Opus in Ogg.</summary>
    Opus,
}
