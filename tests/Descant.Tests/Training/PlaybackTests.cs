using Descant.Training;

namespace Descant.Tests.Training;

/// <summary>Tempo and pitch, each alone, measured on tones and on clicks.</summary>
public sealed class PlaybackTests
{
    private const int Rate = 16000;

    [Theory]
    [InlineData(0.8)]
    [InlineData(1)]
    [InlineData(1.25)]
    public void Tempo_moves_clicks_and_leaves_tones_alone(double tempo)
    {
        const int Samples = Rate;
        TimeStretch stretch = new(Rate);
        float[] Stretched(Func<int, float> source)
        {
            float[] samples = [.. Enumerable.Range(0, stretch.SourceSamples(Samples, tempo)).Select(source)];
            float[] made = new float[Samples];
            stretch.Plan(samples, Samples, tempo);
            stretch.Render(samples, made);
            return made;
        }

        // A tone of 500 Hz crosses zero upwards 500 times a second, at any tempo, and keeps its level.
        float[] tone = Stretched(n => MathF.Sin(2 * MathF.PI * 500 * n / Rate));
        Assert.InRange(tone.Zip(tone.Skip(1), (a, b) => a < 0 && b >= 0).Count(crossing => crossing), 497, 503);
        Assert.InRange(tone.Sum(x => x * x) / Samples, 0.48, 0.52);

        // Bursts every quarter of a second come every quarter of a second / tempo.
        float[] bursts = Stretched(n => n % 4000 < 400 ? MathF.Sin(n) : 0);
        int[] starts = [.. Enumerable.Range(800, Samples - 800).Where(n => MathF.Abs(bursts[n]) > 0.2f && bursts.Skip(n - 800).Take(800).All(x => MathF.Abs(x) < 0.2f))];
        Assert.True(starts.Length >= 2);
        Assert.Equal(4000 / tempo, (double)(starts[^1] - starts[0]) / (starts.Length - 1), 250.0);
    }

    [Fact]
    public void Excerpts_of_a_changed_pitch_and_tempo_are_made_of_the_same_sources()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Descant.Datasets.Track> tracks = corpus.Standard();
        string[] sources = ["vocals", "accompaniment"];
        MixingRecipe mixing = MixingRecipe.AsRecorded with { PitchChange = 1, MostSemitones = 2, TempoChange = 1, LargestTempoChange = 0.1 };
        TrainingMaterial material = new(tracks, sources, corpus.Cache, new DataRecipe());
        ExampleMixer mixer = new(material, mixing, ProductionRecipe.None, sources, 1, 8000, seed: 4);
        ExampleMixer plain = new(material, MixingRecipe.AsRecorded, ProductionRecipe.None, sources, 1, 8000, seed: 4);
        float[] mixture = new float[8000], parts = new float[16000];
        HashSet<int> crossings = [];
        for (int index = 0; index < 12; index++)
        {
            mixer.Make(index, mixture, parts);
            Assert.Equal(0, Enumerable.Range(0, 8000).Max(i => Math.Abs(mixture[i] - parts[i] - parts[8000 + i])), 1e-6);
            crossings.Add(Crossings(parts));
            plain.Make(index, mixture, parts);
            Assert.Contains(Crossings(parts), new[] { 330, 331, 439, 440, 441, 329 }); // the songs' voices are tones of 330 and 440 Hz
        }

        Assert.True(crossings.Count > 6);                                 // all pitches differ …
        Assert.All(crossings, hz => Assert.InRange(hz, 330 / 1.13, 440 * 1.13)); // … by at most two semitones
    }

    [Fact]
    public void Gains_are_drawn_for_each_source()
    {
        using SmallCorpus corpus = new();
        string[] sources = ["vocals", "accompaniment"];
        TrainingMaterial material = new(corpus.Standard(), sources, corpus.Cache, new DataRecipe());
        MixingRecipe mixing = MixingRecipe.AsRecorded with { LowestGain = 0.25, HighestGain = 1.25 };
        float[] Levels(MixingRecipe recipe, int index)
        {
            float[] mixture = new float[4000], parts = new float[8000];
            new ExampleMixer(material, recipe, ProductionRecipe.None, sources, 1, 4000, seed: 4).Make(index, mixture, parts);
            return [Level(parts.AsSpan(0, 4000)), Level(parts.AsSpan(4000))];
        }

        List<float> voices = [], bands = [];
        for (int index = 0; index < 40; index++)
        {
            // The tone's level is the same everywhere; the noise's nearly.
            voices.Add(Levels(mixing, index)[0] / (0.3f / MathF.Sqrt(2)));
            bands.Add(Levels(mixing, index)[1] / (0.3f / MathF.Sqrt(3)));
        }

        Assert.All(voices.Concat(bands), gain => Assert.InRange(gain, 0.24f, 1.28f));
        Assert.InRange(voices.Average(), 0.6, 0.9);
        Assert.InRange(bands.Average(), 0.6, 0.9);
        Assert.True(voices.Zip(bands, (v, b) => Math.Abs(v - b)).Max() > 0.3);
    }

    private static float Level(ReadOnlySpan<float> samples)
    {
        double sum = 0;
        foreach (float sample in samples)
        {
            sum += sample * sample;
        }

        return (float)Math.Sqrt(sum / samples.Length);
    }

    private static int Crossings(float[] samples) => samples.Take(8000).Zip(samples.Skip(1).Take(7999), (a, b) => a < 0 && b >= 0).Count(crossing => crossing);
}
