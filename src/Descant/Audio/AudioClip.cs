namespace Descant.Audio;

/// <summary>A whole piece of audio in memory, planar.</summary>
public sealed class AudioClip
{
    private const int BlockSamples = 1 << 16;

    /// <summary>Wraps planar samples, which are not copied.</summary>
    /// <param name="channels">One array of equal length per channel.</param>
    /// <param name="sampleRate">Samples per second of each channel.</param>
    public AudioClip(float[][] channels, int sampleRate)
    {
        ArgumentNullException.ThrowIfNull(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        if (channels.Length == 0 || channels.Any(channel => channel.Length != channels[0].Length))
        {
            throw new ArgumentException(
                $"AudioClip: expected one array per channel, all of one length, got [{string.Join(", ", channels.Select(channel => channel.Length))}]",
                nameof(channels));
        }

        Channels = channels;
        SampleRate = sampleRate;
    }

    /// <summary>The samples: <c>Channels[channel][sample]</c>.</summary>
    public float[][] Channels { get; }

    /// <summary>Samples per second of each channel.</summary>
    public int SampleRate { get; }

    /// <summary>Samples of each channel.</summary>
    public int Samples => Channels[0].Length;

    /// <summary>Decodes a whole file; see <see cref="AudioReader.Open"/>.</summary>
    /// <exception cref="InvalidDataException">Missing, unreadable or no audio; one line that names the file.</exception>
    public static AudioClip Load(string path, int audioStream = 0, FfmpegPrograms? programs = null)
    {
        using AudioReader reader = AudioReader.Open(path, audioStream, programs);
        return ReadToEnd(reader);
    }

    /// <summary>Reads everything that a reader has left.</summary>
    public static AudioClip ReadToEnd(AudioReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int channelCount = reader.Properties.Channels;
        float[][] channels = new float[channelCount][];
        int capacity = (int)Math.Min(reader.Properties.Samples ?? BlockSamples, Array.MaxLength);
        for (int channel = 0; channel < channelCount; channel++)
        {
            channels[channel] = new float[capacity];
        }

        int samples = 0;
        while (true)
        {
            if (samples == capacity && reader.Properties.Samples is null)
            {
                capacity = (int)Math.Min(2L * capacity, Array.MaxLength);
                Resize(channels, capacity);
            }

            int read = reader.Read(channels, samples, capacity - samples);
            if (read == 0)
            {
                break;
            }

            samples += read;
        }

        if (samples < capacity)
        {
            Resize(channels, samples);
        }

        return new AudioClip(channels, reader.Properties.SampleRate);
    }

    /// <summary>Writes the clip as WAV.</summary>
    public void SaveWav(string path, SampleFormat format)
    {
        using WavWriter writer = new(path, SampleRate, Channels.Length, format);
        writer.Write(Channels, 0, Samples);
        writer.Complete();
    }

    private static void Resize(float[][] channels, int length)
    {
        for (int channel = 0; channel < channels.Length; channel++)
        {
            Array.Resize(ref channels[channel], length);
        }
    }
}
