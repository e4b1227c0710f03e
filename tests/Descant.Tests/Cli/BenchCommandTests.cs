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
}
