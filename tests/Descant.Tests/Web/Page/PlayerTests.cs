using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace Descant.Tests.Web.Page;

/// <summary>The player in the page, as it sounds and as it weighs.</summary>
[Trait("Needs", "browser")]
[Collection(BrowserTests.Name)]
public sealed class PlayerTests(Browser browser, ITestOutputHelper output)
{
    [Fact]
    public async Task FourStemsStaySampleSynchronousThroughTwentySeeksAndMutes()
    {
        await using PageServer server = await PageServer.StartAsync();
        InventedSong song = new(120, "vocals", "drums", "bass", "other");
        await using Visitor visitor = await browser.VisitAsync(server.Url, new BrowserNewContextOptions { BypassCSP = true }, async context =>
        {
            await song.AnswerAsync(context);
            await context.AddInitScriptAsync(Browser.Script("recorder.js"));
        });
        IPage page = await visitor.OpenAsync(InventedSong.Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Mute Original" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        await HearAsync(page, 10_000);

        LocatorBoundingBoxResult box = (await page.Locator(".lane-wave").First.BoundingBoxAsync())!;
        for (int i = 0; i < 20; i++)
        {
            // Even seeks by the mouse all over the song, odd ones by the keyboard; a mute is taken back before the sum is looked at again.
            await page.Keyboard.PressAsync($"Digit{1 + (i % 4)}");
            if (i % 2 == 0)
            {
                await page.Mouse.ClickAsync(box.X + (box.Width * (i * 37 % 97 / 97f)), box.Y + 20);
            }
            else
            {
                await page.Keyboard.PressAsync(i % 4 == 1 ? "ArrowLeft" : "ArrowRight");
            }

            await HearAsync(page, 4_000);
            await page.Keyboard.PressAsync($"Digit{1 + (i % 4)}");
            await Expect(page.Locator(".lane .mute[aria-pressed=true]")).ToHaveCountAsync(0);
            await HearAsync(page, 8_000);
            await page.EvaluateAsync("() => window.forgetRecorder()");
            await HearAsync(page, 4_000);
            JsonElement heard = await ReadAsync(page);
            // Where a machine under load lets the sound fade for a moment, the fades round in single precision.
            Assert.True(heard.GetProperty("worst").GetDouble() < 1e-6, $"seek {i}: {heard}");
            // The measure would have seen one sample.
            Assert.True(heard.GetProperty("late").GetDouble() > 0.05, $"seek {i}: {heard}");
        }
    }

    [Fact]
    public async Task ATenMinuteSongOfFiveLanesStaysFarBelowItsLength()
    {
        const int Minutes = 10;
        await using PageServer server = await PageServer.StartAsync();
        InventedSong song = new(60 * Minutes, "vocals", "drums", "bass", "other");
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: song.AnswerAsync);
        IPage page = await visitor.OpenAsync(InventedSong.Address);
        await FlowTests.DrawnAsync(page, lanes: 5);
        long before = await browser.PageBytesAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        LocatorBoundingBoxResult box = (await page.Locator(".lane-wave").First.BoundingBoxAsync())!;
        ILocator memory = page.Locator(".memory");
        for (int place = 0; place < 6; place++)
        {
            await page.Mouse.ClickAsync(box.X + (box.Width * ((place * 5 % 6) + 0.3f) / 6), box.Y + 20);
            // Thirty seconds ahead are fetched: 5 lanes · 4 bytes · 44100 · 30 are 26 MB.
            await page.WaitForFunctionAsync("() => Number(document.querySelector('.memory').dataset.held) > 24e6");
        }

        double held = double.Parse((await memory.GetAttributeAsync("data-peak"))!, CultureInfo.InvariantCulture);
        // What the operating system says that the page's process took for playing, garbage of the page's own thread left out. The audio
        // thread's collector is not asked: chunks that it dropped must have given their memory back by themselves.
        ICDPSession session = await visitor.Context.NewCDPSessionAsync(page);
        await session.SendAsync("HeapProfiler.collectGarbage");
        double taken = await browser.PageBytesAsync() - before;
        output.WriteLine($"{held / 1e6:F1} MB of samples at most; the page's process grew by {taken / 1e6:F1} MB; the song has {5 * 4 * 44100 * 60L * Minutes / 1e6:F0} MB");
        Assert.InRange(held, 24e6, 96 << 20);
        Assert.True(taken < 150e6, $"{taken / 1e6:F1} MB");
    }

    [Fact]
    public async Task WithoutAudioWorkletsThePageItselfPlays()
    {
        await using PageServer server = await PageServer.StartAsync();
        InventedSong song = new(30, "vocals", "accompaniment");
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: async context =>
        {
            await song.AnswerAsync(context);
            // As in a browser that reached the server over plain http on a network.
            await context.AddInitScriptAsync("delete BaseAudioContext.prototype.audioWorklet");
        });
        IPage page = await visitor.OpenAsync(InventedSong.Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        await page.WaitForFunctionAsync("() => Number(document.querySelector('input.position').value) > 1");
        visitor.AssertNoErrors();
    }

    // Waits until so many more samples of a mixture that is not silent were heard.
    private static async Task HearAsync(IPage page, int samples)
    {
        await page.WaitForFunctionAsync("() => window.readRecorder !== undefined");
        JsonElement before = await ReadAsync(page);
        double goal = before.GetProperty("samples").GetDouble() + samples;
        await page.WaitForFunctionAsync("async goal => (await window.readRecorder()).samples >= goal", goal, new() { PollingInterval = 50 });
    }

    private static Task<JsonElement> ReadAsync(IPage page) => page.EvaluateAsync<JsonElement>("() => window.readRecorder()");
}
