using System.Text.Json;
using Descant.Benchmarks;

namespace Descant.Tests.Cli;

/// <summary>What `descant bench` measures, by definition rather than by the clock.</summary>
public sealed class BenchCommandTests
{
    [Fact]
    public void A_models_speed_is_audio_over_time_and_its_memory_holds_at_least_its_weights()
    {
        ModelSpeed speed = ModelSpeed.Measure(Path.Combine(Checkout.Root, "models", "vocals-fast.safetensors"), threads: 2);
        Assert.Equal("vocals-fast", speed.Name);
        Assert.Equal(speed.Seconds * 1e3 / speed.Ms, speed.RealTime, 1e-9);
        Assert.True(speed.PeakMib > new FileInfo(Path.Combine(Checkout.Root, "models", "vocals-fast.safetensors")).Length / (1024.0 * 1024), $"{speed.PeakMib}");
        using JsonDocument json = JsonDocument.Parse(JsonSerializer.Serialize(new BenchmarkRun(1, []) { Models = [speed] }));
        Assert.Equal(1, json.RootElement.GetProperty("Models").GetArrayLength());
    }

    [Fact]
    public void Results_replace_older_ones_whole()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["bench.json"], "old");

        // Who has the older file open reads it to its end, as with a file that was renamed into place.
        using FileStream old = new(folder["bench.json"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        DescantProcess run = DescantProcess.Run(folder.Path, ["bench", "resampling", "--threads", "1", "--json", "bench.json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("old", new StreamReader(old).ReadToEnd());
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder["bench.json"]));
        Assert.Equal("resampling", json.RootElement.GetProperty("workloads")[0].GetProperty("name").GetString());
        Assert.Equal([folder["bench.json"]], Directory.GetFiles(folder.Path));
    }
}
