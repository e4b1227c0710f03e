using Descant.Audio;
using Descant.Datasets;
using Descant.Models;
using Descant.Networks;
using Descant.Separation;
using Descant.Tensors;
using Descant.Training;

namespace Descant.Tests.Networks;

/// <summary>Every network on the way that users take: a recipe, a few steps of training on files, the model in a file, a song separated with it.</summary>
public sealed class TrainedNetworkTests
{
    [Theory]
    [MemberData(nameof(NetworkTests.Tiny), MemberType = typeof(NetworkTests))]
    public async Task A_model_trained_by_name_separates_a_song(string name)
    {
        using TemporaryFolder folder = new();
        string[] stems = ["vocals", "bass", "drums", "other"];
        foreach (string song in new[] { "Lithium", "Sodium" })
        {
            float[][] audio = TenSecondsOfMusic.Stems(stems, 8000, 80000);
            for (int i = 0; i < stems.Length; i++)
            {
                Directory.CreateDirectory(folder[$"data/songs/{song}"]);
                new AudioClip([audio[i]], 8000).SaveWav(folder[$"data/songs/{song}/{stems[i]}.wav"], SampleFormat.Pcm16);
            }
        }

        NetworkPreset preset = NetworkCatalog.Find(name);
        Recipe recipe = RecipeReader.Read($"network: {name}\nbatch: 2\nbudget: {{ steps: 3 }}\nvalidation: {{ every-steps: 0, every-minutes: 0 }}");
        string model = folder["out/model.safetensors"];
        using (Engine engine = new(2))
        {
            Network network = preset.Build(engine, seed: 1);
            using AudioCache cache = new(folder["cache"], network.SampleRate);
            TrainingMaterial material = new(DatasetCatalog.Read(folder["data"]), network.Sources, cache, recipe.Data);
            TrainingFolder target = new(folder["out"], ModelFile.Describe(preset));
            Assert.Equal(TrainingOutcome.Finished, new Trainer(network, engine, recipe, material, null, target).Run());
        }

        AudioClip stereo = new([TenSecondsOfMusic.Stems(["vocals"], 11025, 30011)[0], TenSecondsOfMusic.Stems(["drums"], 11025, 30011)[0]], 11025);
        stereo.SaveWav(folder["song.wav"], SampleFormat.FloatingPoint32);
        using Separator separator = Separator.Load(model, threads: 2);
        SeparationResult result = await separator.SeparateAsync(folder["song.wav"], stem => folder[$"stems/{stem}.wav"]);
        Assert.Equal(separator.Network.Sources.Order(), result.Files.Keys.Order());
        AudioClip[] estimates = [.. result.Files.Values.Select(path => AudioClip.Load(path))];
        for (int channel = 0; channel < 2; channel++)
        {
            for (int n = 0; n < stereo.Samples; n += 7)
            {
                Assert.Equal(result.Gain * stereo.Channels[channel][n], estimates.Sum(estimate => estimate.Channels[channel][n]), 1e-5);
            }
        }
    }
}
