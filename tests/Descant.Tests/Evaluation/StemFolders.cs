using Descant.Audio;
using Descant.Tests.Metrics.BssEval;

namespace Descant.Tests.Evaluation;

/// <summary>Folders of small WAV files, deleted at the end.</summary>
internal sealed class StemFolders : IDisposable
{
    public const int SampleRate = 8000;

    public string Root { get; } = Directory.CreateTempSubdirectory("descant-evaluation-").FullName;

    public string Path(string relative) => System.IO.Path.Combine(Root, relative);

    /// <summary>Writes a float WAV file of noise, the same in both channels but for their level.</summary>
    public void Write(string relative, uint seed, int samples = 2 * SampleRate, int channels = 1, int rate = SampleRate, double gain = 0.5)
    {
        double[] noise = NoiseSignals.Noise(seed, samples);
        float[][] signal = [.. Enumerable.Range(0, channels).Select(channel => noise.Select(sample => (float)(gain * sample / (channel + 1))).ToArray())];
        Write(relative, signal, rate);
    }

    public void Write(string relative, float[][] signal, int rate = SampleRate)
    {
        string path = Path(relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        new AudioClip(signal, rate).SaveWav(path, SampleFormat.FloatingPoint32);
    }

    /// <summary>A pair of references and estimates: vocals and drums, estimates with some of each other.</summary>
    public void WritePair(string reference, string estimate)
    {
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        string[] names = ["vocals", "drums"];
        for (int i = 0; i < 2; i++)
        {
            Write($"{reference}/{names[i]}.wav", [[.. references[i].Select(sample => (float)sample)]]);
            Write($"{estimate}/{names[i]}.wav", [[.. estimates[i].Select(sample => (float)sample)]]);
        }
    }

    public int Samples(string relative) => AudioClip.Load(Path(relative)).Samples;

    /// <summary>Two folders as absolute paths.</summary>
    public (string Reference, string Estimate) At(string reference, string estimate) => (Path(reference), Path(estimate));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
