using Descant.Audio;

namespace Descant.Datasets;

/// <summary>What a look at an audio file found: its format, or why it cannot be used.</summary>
internal sealed record AudioFile(string Path, int SampleRate, int Channels, long? Samples, string? Problem)
{
    private const int Block = 1 << 15;

    /// <summary>Length, 0 where unknown.</summary>
    public double Seconds => SampleRate > 0 && Samples is { } samples ? samples / (double)SampleRate : 0;

    /// <summary>Opens the file and looks at no sample.</summary>
    public static AudioFile Header(string path, int stream) => Look(path, stream, decode: false);

    /// <summary>Reads the file to its end.</summary>
    public static AudioFile Decode(string path, int stream) => Look(path, stream, decode: true);

    /// <summary>The whole file, or null where it cannot be read.</summary>
    public static AudioClip? Load(string path)
    {
        try
        {
            return AudioClip.Load(path);
        }
        catch (InvalidDataException)
        {
            // Whoever asks has reported the file as damaged already.
            return null;
        }
    }

    private static AudioFile Look(string path, int stream, bool decode)
    {
        try
        {
            using AudioReader reader = AudioReader.Open(path, stream);
            long? samples = reader.Properties.Samples;
            string? problem = null;
            if (decode)
            {
                (samples, problem) = Read(reader);
            }

            problem ??= reader.Warnings.Count > 0 ? $"{reader.Warnings[0]}; replace the file" : samples == 0 ? "no audio in it; replace the file" : null;
            return new AudioFile(path, reader.Properties.SampleRate, reader.Properties.Channels, samples, problem);
        }
        catch (InvalidDataException error)
        {
            string message = error.Message.StartsWith(path + ": ", StringComparison.Ordinal) ? error.Message[(path.Length + 2)..] : error.Message;
            return new AudioFile(path, 0, 0, null, message);
        }
    }

    private static (long Samples, string? Problem) Read(AudioReader reader)
    {
        float[][] block = [.. Enumerable.Range(0, reader.Properties.Channels).Select(_ => new float[Block])];
        long position = 0;
        string? problem = null;
        int read;
        while ((read = reader.Read(block, 0, Block)) > 0)
        {
            foreach (float[] channel in block)
            {
                int bad = channel.AsSpan(0, read).IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
                if (bad >= 0)
                {
                    problem ??= $"expected finite samples, got {channel[bad]} at sample {position + bad}; export the file anew";
                }
            }

            position += read;
        }

        return (position, problem);
    }
}
