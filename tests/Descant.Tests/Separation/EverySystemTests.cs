using Descant.Audio;
using Descant.Datasets;
using Descant.Models;
using Descant.Networks;
using Descant.Separation;
using Descant.Tensors;
using Descant.Tests.Training;
using Descant.Training;

namespace Descant.Tests.Separation;

/// <summary>Every system from data to stems by its name alone: trained for a few steps, saved, loaded, and used on a song.</summary>
public sealed class EverySystemTests
{
    public static TheoryData<string> Tiny() => [.. NetworkCatalog.Entries.Where(entry => entry.IsTiny).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Tiny))]
    public async Task Is_trained_and_separates_a_song_into_stems_that_sum_to_it(string name)
    {
        using SmallCorpus corpus = new();
        corpus.Standard();
        foreach (string title in new[] { "Lithium", "Sodium" })
        {
            corpus.Write($"songs/{title}/bass.wav", 3, 110);
            corpus.Write($"songs/{title}/other.wav", 3, 700);
        }

        string model = Train(NetworkCatalog.Find(name), corpus);
        string song = corpus.Write("song.wav", 1.3, 440, 0);
        using Separator separator = Separator.Load(model, threads: 2);
        await separator.SeparateAsync(song, stem => Path.Combine(corpus.Root, stem + ".wav"), new SeparationSettings { Format = SampleFormat.FloatingPoint32 });
        AudioClip mixture = AudioClip.Load(song);
        AudioClip[] stems = [.. separator.Network.Sources.Select(stem => AudioClip.Load(Path.Combine(corpus.Root, stem + ".wav")))];
        Assert.All(stems, stem => Assert.Equal((mixture.SampleRate, 2, mixture.Samples), (stem.SampleRate, stem.Channels.Length, stem.Samples)));
        for (int i = 0; i < mixture.Samples; i++)
        {
            Assert.Equal(mixture.Channels[0][i], stems.Sum(stem => stem.Channels[0][i]), 1e-5f);
        }
    }

    private static string Train(NetworkPreset preset, SmallCorpus corpus)
    {
        using Engine engine = new(2);
        Network network = preset.Build(engine, 1);
        using AudioCache cache = new(Path.Combine(corpus.Root, "decoded"), network.SampleRate);
        Recipe recipe = new() { Network = preset.Name, Batch = 2, Budget = new BudgetRecipe { Steps = 2 } };
        TrainingMaterial material = new(DatasetCatalog.Read(corpus.Root), network.Sources, cache, recipe.Data);
        TrainingFolder folder = new(Path.Combine(corpus.Root, "out"), ModelFile.Describe(preset));
        Assert.Equal(TrainingOutcome.Finished, new Trainer(network, engine, recipe, material, null, folder).Run());
        return folder.PathOf("model");
    }
}
