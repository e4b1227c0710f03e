using Descant.Audio;
using Descant.Datasets;
using Descant.Training;

namespace Descant.Tests.Training;

/// <summary>A generated corpus in a folder of its own: voices are tones, bands are noise, MIR-1K clips hold both. Deleted with the object.</summary>
internal sealed class SmallCorpus : IDisposable
{
    public const int Rate = 8000;

    public SmallCorpus()
    {
        Root = Directory.CreateTempSubdirectory("descant-corpus-").FullName;
        Cache = new AudioCache(Path.Combine(Root, "cache"), Rate);
    }

    public string Root { get; }

    public AudioCache Cache { get; }

    /// <summary>A file of one or two channels, each a tone (positive frequency), noise (0) or silence (negative).</summary>
    public string Write(string relative, double seconds, params double[] channels)
    {
        string path = Path.Combine(Root, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        RandomStream random = new(99, (ulong)relative.Length);
        float[][] audio = [.. channels.Select(frequency =>
        {
            float[] samples = new float[(int)(seconds * Rate)];
            for (int i = 0; i < samples.Length; i++)
            {
                samples[i] = frequency switch
                {
                    > 0 => 0.3f * MathF.Sin((float)(2 * Math.PI * frequency * i / Rate)),
                    0 => random.Uniform(-0.3, 0.3),
                    _ => 0,
                };
            }

            return samples;
        })];
        new AudioClip(audio, Rate).SaveWav(path, SampleFormat.FloatingPoint32);
        return path;
    }

    /// <summary>Two songs that train, one that validates, voices, instrumentals.</summary>
    public IReadOnlyList<Track> Standard()
    {
        foreach ((string song, double tone) in new[] { ("Lithium", 440.0), ("Sodium", 330.0), ("Francium", 392.0) })
        {
            Write($"songs/{song}/vocals.wav", 3, tone);
            Write($"songs/{song}/drums.wav", 3, 0);
        }

        Write("vocals/pjs/a.wav", 2, 523);
        Write("instrumentals/openhv/b.wav", 2, 0, 0);
        Write("instrumentals/tuxemon/c.wav", 2, 0, 0);
        return DatasetCatalog.Read(Root);
    }

    public void Dispose()
    {
        Cache.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
