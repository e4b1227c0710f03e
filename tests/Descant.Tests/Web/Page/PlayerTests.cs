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
    public async Task FourStemsStayAtTheMixturesSampleThroughTwentySeeksAndMutes()
    {
        await using PageServer server = await PageServer.StartAsync();
        InventedSong song = new(120, "vocals", "drums", "bass", "other");
        await using Visitor visitor = await browser.VisitAsync(server.Url, new BrowserNewContextOptions { BypassCSP = true }, async context =>
        {
            await song.AnswerAsync(context);
            await context.AddInitScriptAsync(Browser.Script("synchrony.js"));
        });
        IPage page = await visitor.OpenAsync(InventedSong.Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Mute Original" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        LocatorBoundingBoxResult box = (await page.Locator(".lane-wave").First.BoundingBoxAsync())!;
        ILocator muted = page.Locator(".lane .mute[aria-pressed=true]");
        for (int i = 0; i < 20; i++)
        {
            // Even seeks by the mouse all over the song, odd ones by the keyboard, each while another stem is muted.
            await page.Keyboard.PressAsync($"Digit{1 + (i % 4)}");
            await Expect(muted).ToHaveCountAsync(1);
            if (i % 2 == 0)
            {
                await page.Mouse.ClickAsync(box.X + (box.Width * (i * 37 % 97 / 97f)), box.Y + 20);
            }
            else
            {
                await page.Keyboard.PressAsync(i % 4 == 1 ? "ArrowLeft" : "ArrowRight");
            }

            await page.Keyboard.PressAsync($"Digit{1 + (i % 4)}");
            await Expect(muted).ToHaveCountAsync(0);
            JsonElement lags = await page.EvaluateAsync<JsonElement>("() => window.lags(4096)");
            // Each stem is noise of its own and a quarter of the mixture's energy: alike by a half at its own place, by a sixtieth elsewhere.
            Assert.Equal(4, lags.GetArrayLength());
            Assert.All(lags.EnumerateArray(), stem =>
            {
                Assert.Equal(0, stem.GetProperty("lag").GetInt32());
                Assert.InRange(stem.GetProperty("likeness").GetDouble(), 0.4, 0.6);
            });
        }
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
}
