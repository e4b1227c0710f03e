using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Descant.Tests.Web.Page;

/// <summary>The page without a mouse, on a phone, and under axe's eyes.</summary>
[Trait("Needs", "browser")]
[Collection(BrowserTests.Name)]
public sealed class AccessTests(Browser browser)
{
    [Fact]
    public async Task TheKeyboardAloneIsEnough()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage page = visitor.Page;
        await Expect(page.GetByText("Up to")).ToBeVisibleAsync();
        IFileChooser chooser = await ChooserAsync(page);
        await chooser.SetFilesAsync(PageServer.Moonlight);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true })).ToBeVisibleAsync();
        await TabToAsync(page, "Separate");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Group, new() { Name = "Vocals" })).ToBeVisibleAsync(new() { Timeout = Visitor.Patience });

        ILocator position = page.GetByRole(AriaRole.Slider, new() { Name = "Position" });
        await page.EvaluateAsync("() => document.activeElement.blur()");
        await page.Keyboard.PressAsync("Space");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true })).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("() => Number(document.querySelector('input.position').value) > 0.3");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Home");
        await Expect(position).ToHaveAttributeAsync("aria-valuetext", "0 seconds of 8 seconds");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(position).ToHaveAttributeAsync("aria-valuetext", "5 seconds of 8 seconds");
        await page.Keyboard.PressAsync("1");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Mute Vocals" })).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("Shift+Digit2");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Solo Accompaniment" })).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("a");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Original", Exact = true })).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("]");
        await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Loop 0:00 to 0:05, on") })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync(",");
        await Expect(page.GetByLabel("Speed")).ToHaveValueAsync("0.9");

        // Sliders of the lanes.
        await TabToAsync(page, "Volume of Vocals");
        await page.Keyboard.PressAsync("Home");
        await Expect(page.GetByLabel("Volume of Vocals")).ToHaveAttributeAsync("aria-valuetext", "0 percent");
        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard" })).ToBeVisibleAsync();
        await Screenshots.TakeAsync(page, "keyboard");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("d");
        await TabToAsync(page, "Vocals");
        await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("Enter"));
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task SpaceTogglesTheBoxThatHasTheFocus()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage page = visitor.Page;
        await page.GetByTestId("files").SetInputFilesAsync(PageServer.Moonlight);
        await FlowTests.DrawnAsync(page, lanes: 1);
        ILocator vocals = page.GetByRole(AriaRole.Checkbox, new() { Name = "Vocals" });
        await vocals.FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await Expect(vocals).Not.ToBeCheckedAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true })).ToBeVisibleAsync();
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task KeysLoopWhatTheButtonLoopsOnEveryKeyboard()
    {
        await using PageServer server = await PageServer.StartAsync();
        InventedSong song = new(120, "vocals", "accompaniment");
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: song.AnswerAsync);
        IPage page = await visitor.OpenAsync(InventedSong.Address);
        await FlowTests.DrawnAsync(page, lanes: 3);
        for (int i = 0; i < 4; i++)
        {
            await page.Keyboard.PressAsync("ArrowRight");
        }

        // The bracket of a German keyboard: the key 8 and AltGr, which on Windows says that Ctrl and Alt are down.
        await page.EvaluateAsync(
            """
            () => document.body.dispatchEvent(new KeyboardEvent("keydown",
              { key: "[", code: "Digit8", ctrlKey: true, altKey: true, modifierAltGraph: true, bubbles: true, cancelable: true }))
            """);
        await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Loop 0:20 to 0:28, on") })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("l");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Loop the part in view" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("=");
        await page.Keyboard.PressAsync("l");
        await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Loop 0:10 to 1:10, on") })).ToBeVisibleAsync();
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AZoomedViewShowsWhereAJumpWentAndCanBeMoved()
    {
        await using PageServer server = await PageServer.StartAsync();
        InventedSong song = new(120, "vocals", "accompaniment");
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: song.AnswerAsync);
        IPage page = await visitor.OpenAsync(InventedSong.Address);
        await FlowTests.DrawnAsync(page, lanes: 3);
        ILocator begin = page.Locator(".tick").First;
        // In one frame, as keys come on a slow machine: the jump counts, though the view was moved and not yet drawn.
        await page.EvaluateAsync("() => ['=', '=', 'End'].forEach(key => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })))");
        // Half a minute of the two is in view.
        await Expect(begin).ToHaveTextAsync("1:30");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Show a later part" })).ToBeDisabledAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show an earlier part" }).ClickAsync();
        await Expect(begin).ToHaveTextAsync("1:10");
        await Expect(page.Locator(".playhead").First).ToBeHiddenAsync();
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AnAnswerThatComesAfterItsJobEndedChangesNothing()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage page = visitor.Page;
        ILocator vocals = page.GetByRole(AriaRole.Group, new() { Name = "Vocals" });
        await page.RouteAsync("**/api/**/jobs", async route =>
        {
            IAPIResponse answer = await route.FetchAsync();
            if (route.Request.Method == "POST")
            {
                await Expect(vocals).ToBeVisibleAsync(new() { Timeout = Visitor.Patience });
            }

            await route.FulfillAsync(new() { Response = answer });
        });
        await page.GetByTestId("files").SetInputFilesAsync(PageServer.Moonlight);
        Task<IResponse> late = page.WaitForResponseAsync(response => response.Request.Method == "POST" && response.Url.EndsWith("/jobs", StringComparison.Ordinal));
        await page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true }).ClickAsync();
        await (await late).FinishedAsync();
        await page.EvaluateAsync("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "In the queue" })).ToHaveCountAsync(0);
        await Expect(vocals).ToBeVisibleAsync();
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task APhoneShowsEverythingWithinItsWidth()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url, new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 360, Height = 740 },
            DeviceScaleFactor = 2,
            HasTouch = true,
            IsMobile = true,
            ReducedMotion = ReducedMotion.Reduce,
        });
        IPage page = visitor.Page;
        await FitsAsync(page);
        await page.GetByTestId("files").SetInputFilesAsync(PageServer.Moonlight);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true })).ToBeVisibleAsync();
        await FitsAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true }).TapAsync();
        await Expect(page.GetByRole(AriaRole.Group, new() { Name = "Vocals" })).ToBeVisibleAsync(new() { Timeout = Visitor.Patience });
        await FlowTests.DrawnAsync(page, lanes: 3);
        await page.GetByRole(AriaRole.Button, new() { Name = "Zoom in" }).TapAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show a later part" }).TapAsync();
        await FitsAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Zoom out" }).TapAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).TapAsync();
        await page.WaitForFunctionAsync("() => Number(document.querySelector('input.position').value) > 0.5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Mute Vocals" }).TapAsync();
        await FitsAsync(page);
        await Screenshots.TakeAsync(page, "phone");
        await page.GetByRole(AriaRole.Button, new() { Name = "Download" }).TapAsync();
        await FitsAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Close" }).TapAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Library" }).TapAsync();
        await Expect(page.Locator(".song")).ToHaveCountAsync(1);
        await FitsAsync(page);
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task ABrowserThatForbidsStorageShowsThePage()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url, new BrowserNewContextOptions { ColorScheme = ColorScheme.Light }, context => context.AddInitScriptAsync(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('forbidden', 'SecurityError'); } })"));
        IPage page = visitor.Page;
        await Expect(page.GetByText("Take a song apart")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use dark colours" }).ClickAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        visitor.AssertNoErrors();
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task AxeFindsNothingSerious(ColorScheme scheme)
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url, new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        IPage page = visitor.Page;
        await Expect(page.GetByText("Up to")).ToBeVisibleAsync();
        await AuditAsync(page, "start");
        await page.GetByTestId("files").SetInputFilesAsync(new FilePayload { Name = "essay.mp3", MimeType = "audio/mpeg", Buffer = "Not a note in here.\n"u8.ToArray() });
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dismiss essay.mp3" })).ToBeVisibleAsync();
        await AuditAsync(page, "refused file");
        await page.GetByTestId("files").SetInputFilesAsync(server.LongSong(8));
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true })).ToBeVisibleAsync();
        await FlowTests.DrawnAsync(page, lanes: 1);
        await AuditAsync(page, "choice");
        await page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true }).ClickAsync();
        await Expect(page.Locator(".job")).ToBeVisibleAsync();
        await AuditAsync(page, "progress");
        await Expect(page.GetByRole(AriaRole.Group, new() { Name = "Vocals" })).ToBeVisibleAsync(new() { Timeout = Visitor.Patience });
        await FlowTests.DrawnAsync(page, lanes: 3);
        await AuditAsync(page, "player");
        foreach (string key in (string[])["d", "?"])
        {
            await page.Keyboard.PressAsync(key);
            await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
            await AuditAsync(page, $"dialog of {key}");
            await page.Keyboard.PressAsync("Escape");
        }

        await page.Keyboard.PressAsync("g");
        await AuditAsync(page, "spectrogram");
        await page.GetByRole(AriaRole.Link, new() { Name = "Library" }).ClickAsync();
        await Expect(page.Locator(".song")).ToHaveCountAsync(1);
        await AuditAsync(page, "library");
        await page.GotoAsync("/#/song/00000000000000000000000000");
        await Expect(page.GetByText("Nothing here")).ToBeVisibleAsync();
        await AuditAsync(page, "missing song");
        await server.StopAsync();
        await Expect(page.Locator(".banner")).ToBeVisibleAsync();
        await AuditAsync(page, "server gone");
    }

    private static async Task AuditAsync(IPage page, string state)
    {
        await page.EvaluateAsync(Browser.Axe);
        JsonElement report = await page.EvaluateAsync<JsonElement>("() => axe.run(document, { resultTypes: ['violations'] })");
        Assert.True(report.GetProperty("passes").GetArrayLength() > 10);
        IEnumerable<string> serious = report.GetProperty("violations").EnumerateArray()
            .Where(violation => violation.GetProperty("impact").GetString() is "serious" or "critical")
            .Select(violation => $"{state}: {violation.GetProperty("id").GetString()} at {violation.GetProperty("nodes")[0].GetProperty("html").GetString()}");
        Assert.Empty(serious);
    }

    private static async Task TabToAsync(IPage page, string name)
    {
        for (int presses = 0; presses < 60; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            string focused = await page.EvaluateAsync<string>("() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText.trim()");
            if (focused == name)
            {
                return;
            }
        }

        Assert.Fail($"Sixty presses of Tab did not reach “{name}”.");
    }

    private static async Task FitsAsync(IPage page) =>
        Assert.Equal(0, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - window.innerWidth"));

    // A page that has just been opened may be drawn anew under the key that is pressed: one presses again. A chooser that comes late counts,
    // too: the browser opens no second one while nobody has answered the first.
    private static async Task<IFileChooser> ChooserAsync(IPage page)
    {
        TaskCompletionSource<IFileChooser> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        page.FileChooser += (_, chooser) => opened.TrySetResult(chooser);
        for (int attempt = 1; ; attempt++)
        {
            await TabToAsync(page, "Choose files");
            await page.Keyboard.PressAsync("Enter");
            try
            {
                return await opened.Task.WaitAsync(TimeSpan.FromSeconds(10));
            }
            catch (TimeoutException) when (attempt < 4)
            {
            }
        }
    }
}
