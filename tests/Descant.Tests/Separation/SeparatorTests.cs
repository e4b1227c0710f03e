using Descant.Audio;
using Descant.Models;
using Descant.Networks;
using Descant.Separation;
using Descant.Tensors;

namespace Descant.Tests.Separation;

/// <summary>The library's separator with paths by stem.</summary>
public sealed class SeparatorTests
{
    [Fact]
    public async Task Stems_are_known_in_any_case_and_paths_that_would_lose_something_are_refused()
    {
        using TemporaryFolder folder = new();
        using (Engine engine = new(1))
        {
            NetworkPreset preset = NetworkCatalog.Find("s0-tiny");
            ModelFile.Save(folder["tiny.safetensors"], preset, preset.Build(engine, seed: 1));
        }

        new AudioClip(IdentityNetwork.Noise(1, 3000, 1), 16000).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        byte[] song = File.ReadAllBytes(folder["song.wav"]);
        using Separator separator = Separator.Load(folder["tiny.safetensors"], threads: 1);
        SeparationResult result = await separator.SeparateAsync(folder["song.wav"], new Dictionary<string, string> { ["Vocals"] = folder["v.wav"] });
        Assert.Equal(folder["v.wav"], Assert.Single(result.Files).Value);
        Assert.True(File.Exists(folder["v.wav"]));

        foreach (Dictionary<string, string> outputs in new Dictionary<string, string>[]
        {
            [],
            new() { ["vocals"] = folder["x.wav"], ["accompaniment"] = folder["x.wav"] },
            new() { ["vocals"] = folder["x.wav"], ["VOCALS"] = folder["y.wav"] },
            new() { ["vocals"] = folder["song.wav"] },
            new() { ["piano"] = folder["x.wav"] },
        })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => separator.SeparateAsync(folder["song.wav"], outputs));
        }

        Assert.Equal(song, File.ReadAllBytes(folder["song.wav"]));
        Assert.False(File.Exists(folder["x.wav"]));
    }
}
