using System.Globalization;

namespace Descant.Audio;

/// <summary>A kind of file and how well it is encoded.</summary>
public sealed record AudioEncoding
{
    private static readonly int[] s_mp3Rates = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000];
    private static readonly int[] s_aacRates = [7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000];

    /// <summary>Chooses a kind of file.</summary>
    /// <param name="container">The kind.</param>
    /// <param name="quality">For lossy kinds a bit rate such as <c>192k</c>, or for MP3 and Ogg a quality such as <c>q2</c>; for
    /// FLAC a compression level from 0 to 12; null for a good default.</param>
    /// <exception cref="ArgumentException">A quality that the kind does not have.</exception>
    public AudioEncoding(AudioContainer container, string? quality = null)
    {
        Container = container;
        Quality = quality;
        Arguments = container switch
        {
            AudioContainer.Wav => quality is null ? [] : throw Wrong("none: WAV has no quality"),
            AudioContainer.Flac => ["-c:a", "flac", "-compression_level", Level(0, 12, "5"), "-f", "flac"],
            AudioContainer.Mp3 => ["-c:a", "libmp3lame", .. RateOrQuality(0, 9, "320k"), "-id3v2_version", "3", "-write_id3v1", "1", "-f", "mp3"],
            AudioContainer.M4a => ["-c:a", "aac", .. RateOrQuality(1, 0, "256k"), "-movflags", "+faststart", "-f", "ipod"],
            AudioContainer.Ogg => ["-c:a", "libvorbis", .. RateOrQuality(0, 10, "q7"), "-f", "ogg"],
            AudioContainer.Opus => ["-c:a", "libopus", .. RateOrQuality(1, 0, "192k"), "-f", "opus"],
            _ => throw new ArgumentOutOfRangeException(nameof(container)),
        };
    }

    /// <summary>The kind of file.</summary>
    public AudioContainer Container { get; }

    /// <summary>How well it is encoded, as it was asked for; null for the default.</summary>
    public string? Quality { get; }

    /// <summary>The ending of its name, without the dot.</summary>
    public string Extension => Container.ToString().ToLowerInvariant();

    /// <summary>Whether decoding gives the same samples again.</summary>
    public bool IsLossless => Container is AudioContainer.Wav or AudioContainer.Flac;

    /// <summary>The most channels that such a file holds.</summary>
    public int MostChannels => Container switch { AudioContainer.Wav => 8191, AudioContainer.Mp3 => 2, _ => 8 };

    /// <summary>Refuses what such a file cannot hold.</summary>
    /// <exception cref="ArgumentException">Too many channels, or a format that the kind does not have.</exception>
    public void Check(int channels, SampleFormat format)
    {
        if (channels > MostChannels)
        {
            throw new ArgumentException($"{Extension}: expected at most {MostChannels} channels, got {channels}; use {(channels <= 8 ? "wav or flac" : "wav")}");
        }

        if (Container == AudioContainer.Flac && format == SampleFormat.FloatingPoint32)
        {
            throw new ArgumentException("flac: expected 16 or 24 bits, got 32f; use wav for float");
        }
    }

    /// <summary>What such a file changes besides what its codec discards, one line each.</summary>
    internal IEnumerable<string> Changes(int sampleRate)
    {
        if (Container == AudioContainer.Opus && sampleRate != 48000)
        {
            yield return $"opus files are always 48000 Hz; the song's {sampleRate} Hz were converted";
        }
        else if (Container == AudioContainer.Mp3 && !s_mp3Rates.Contains(sampleRate))
        {
            yield return $"mp3 files hold 8000 to 48000 Hz; the song's {sampleRate} Hz were converted";
        }
        else if (Container == AudioContainer.M4a && !s_aacRates.Contains(sampleRate))
        {
            yield return $"m4a files hold certain rates from 7350 to 96000 Hz; the song's {sampleRate} Hz were converted";
        }
    }

    /// <summary>What ffmpeg is told.</summary>
    internal IReadOnlyList<string> Arguments { get; }

    /// <summary>The kind and quality as text, for example <c>mp3 192k</c>.</summary>
    public override string ToString() => Quality is null ? Extension : $"{Extension} {Quality}";

    private ArgumentException Wrong(string expected) => new($"quality: expected {expected}, got {Quality}");

    private string Level(int least, int most, string standard)
    {
        string level = Quality ?? standard;
        return int.TryParse(level, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? level : throw Wrong($"{least} to {most}");
    }

    private string[] RateOrQuality(int least, int most, string standard)
    {
        string quality = Quality ?? standard;
        if (quality.StartsWith('q') && int.TryParse(quality.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most)
        {
            return ["-q:a", quality[1..]];
        }

        if (quality.EndsWith('k') && int.TryParse(quality.AsSpan(0, quality.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int rate) && rate is >= 8 and <= 640)
        {
            return ["-b:a", quality];
        }

        throw Wrong(most > 0 ? $"a bit rate such as 192k, or q{least} to q{most}" : "a bit rate such as 192k");
    }
}
