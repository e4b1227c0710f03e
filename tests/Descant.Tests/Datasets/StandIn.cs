using Descant.Audio;

namespace Descant.Tests.Datasets;

/// <summary>A small generated data set with the real structure, in a folder of its own that is deleted with the object.</summary>
internal sealed class StandIn : IDisposable
{
    public const int Rate = 44100;

    public string Root { get; } = Directory.CreateTempSubdirectory("descant-set-").FullName;

    public string Path(string relative) => System.IO.Path.Combine(Root, relative);

    /// <summary>A WAV of 16 bits with a tone of its own in each channel; 0 is silence.</summary>
    public string Write(string relative, int rate = Rate, double seconds = 0.05, params double[] frequencies)
    {
        float[][] channels = [.. (frequencies.Length == 0 ? [440, 440] : frequencies).Select(frequency => Tone(frequency, rate, seconds))];
        return Write(relative, channels, rate);
    }

    public string Write(string relative, float[][] channels, int rate = Rate, SampleFormat format = SampleFormat.Pcm16)
    {
        string path = Path(relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        new AudioClip(channels, rate).SaveWav(path, format);
        return path;
    }

    public string WriteText(string relative, string text)
    {
        string path = Path(relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public static float[] Tone(double frequency, int rate, double seconds)
    {
        float[] samples = new float[(int)Math.Round(seconds * rate)];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = 0.25f * (float)Math.Sin(2 * Math.PI * frequency * i / rate);
        }

        return samples;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
