using System.Text.Json;
using Microsoft.Playwright;

namespace Descant.Tests.Web.Page;

/// <summary>The page's audio code, quantum by quantum, against closed forms and against the browser's own nodes.</summary>
[Trait("Needs", "browser")]
[Collection(BrowserTests.Name)]
public sealed class AudioEngineTests(Browser browser) : IAsyncLifetime
{
    private PageServer _server = null!;
    private Visitor _visitor = null!;

    public async Task InitializeAsync()
    {
        _server = await PageServer.StartAsync();
        _visitor = await browser.VisitAsync(_server.Url);
        string worklet = Path.GetFileName(Directory.GetFiles(Path.Combine(Checkout.Root, "src", "Descant.Web", "wwwroot", "assets"), "worklet-*.js").Single());
        await _visitor.Page.EvaluateAsync(Browser.Script("engine.js"), $"/assets/{worklet}");
    }

    public async Task DisposeAsync()
    {
        await _visitor.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(1.25)]
    [InlineData(2)]
    public async Task SpeedChangesTheDurationAndNeitherPitchNorLoudnessNorTheSum(double speed)
    {
        JsonElement heard = await _visitor.Page.EvaluateAsync<JsonElement>("speed => window.engine.speed(speed)", speed);

        Assert.Equal(440, heard.GetProperty("first").GetDouble(), 0.5);
        Assert.Equal(660, heard.GetProperty("second").GetDouble(), 0.75);
        Assert.Equal(0.3 / Math.Sqrt(2), heard.GetProperty("loudness").GetDouble(), 0.01);
        // Both stems are cut at the same samples as the mixture, so that only rounding is left: float sums of 0.5 and the 16 bits of the sources.
        Assert.True(heard.GetProperty("rest").GetDouble() < 1e-6);
        // Two seconds were heard; a block of 1024 samples is rendered ahead.
        Assert.Equal(2 * speed, heard.GetProperty("seconds").GetDouble(), 0.03 * speed);
    }

    [Fact]
    public async Task ALoopRepeatsItsSamplesExactlyAndCrossFadesItsSeam()
    {
        JsonElement heard = await _visitor.Page.EvaluateAsync<JsonElement>("() => window.engine.loop()");

        Assert.Equal(0, heard.GetProperty("inside").GetDouble());
        Assert.True(heard.GetProperty("seam").GetDouble() < 1e-6);
    }

    [Fact]
    public async Task ALateChunkOfOneLaneHoldsAllLanesAndNoSampleIsLost()
    {
        JsonElement heard = await _visitor.Page.EvaluateAsync<JsonElement>("() => window.engine.late()");

        Assert.True(heard.GetProperty("before").GetDouble() > 0.1);
        Assert.Equal(0, heard.GetProperty("silence").GetDouble());
        Assert.True(heard.GetProperty("isStalled").GetBoolean());
        Assert.Equal(8192, heard.GetProperty("position").GetDouble());
        Assert.Equal(0, heard.GetProperty("difference").GetDouble());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-0.35)]
    [InlineData(0)]
    [InlineData(0.6)]
    [InlineData(1)]
    public async Task PanIsThatOfTheWebAudioApi(double pan)
    {
        double difference = await _visitor.Page.EvaluateAsync<double>("pan => window.engine.pan(pan)", pan);

        // Two sums of two products in single precision.
        Assert.True(difference < 1e-6, $"The largest difference is {difference}.");
    }
}
