using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Descant.Tests.Web.Page;

/// <summary>Cancelling, reloading, other tabs, servers that go away: nothing of a visitor's work is lost.</summary>
[Trait("Needs", "browser")]
[Collection(BrowserTests.Name)]
public sealed class InterruptionTests(Browser browser)
{
    /// <summary>The demo song this many times takes some seconds on two processors.</summary>
    private const int Long = 12;
    private const string Alice = "alice-secret-0001";
    private const string Bob = "bob-secret-000001";
    private static readonly Dictionary<string, string> s_tokens = new() { [Alice] = "alice", [Bob] = "bob" };

    [Fact]
    public async Task ACancelledSeparationCanBeStartedAgain()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage page = visitor.Page;
        await SeparateAsync(page, server.LongSong(Long));
        await RunningAsync(page);
        await Screenshots.TakeAsync(page, "progress");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true })).ToBeVisibleAsync();
        await Expect(page.Locator(".job")).ToHaveCountAsync(0);

        await page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true }).ClickAsync();
        await DoneAsync(page);
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AReloadGoesOnWithTheUploadAndWithTheSeparation()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with { Limits = options.Limits with { ChunkBytes = 1 << 20 } });
        ConcurrentQueue<long> offsets = new();
        bool isReloaded = false;
        TaskCompletionSource isHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: context => context.RouteAsync("**/api/v1/uploads/*", async route =>
        {
            if (route.Request.Method == "PATCH")
            {
                long offset = long.Parse(route.Request.Headers["upload-offset"], System.Globalization.CultureInfo.InvariantCulture);
                // The third chunk stays on its way until the page is gone.
                if (offset >= 2 << 20 && !Volatile.Read(ref isReloaded))
                {
                    isHeld.TrySetResult();
                    return;
                }

                offsets.Enqueue(offset);
            }

            await route.ContinueAsync();
        }));
        IPage page = visitor.Page;
        await page.GetByTestId("files").SetInputFilesAsync(server.LongSong(Long));
        await isHeld.Task.WaitAsync(TimeSpan.FromMilliseconds(Visitor.Patience));
        Task reloaded = page.ReloadAsync();
        Volatile.Write(ref isReloaded, true);
        await reloaded;
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true })).ToBeVisibleAsync(new() { Timeout = Visitor.Patience });
        // Every chunk was sent once, from where the server was.
        Assert.Equal(offsets.Distinct().Order(), offsets);

        await page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true }).ClickAsync();
        await RunningAsync(page);
        await page.ReloadAsync();
        await DoneAsync(page);
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AReloadKeepsTheWishToSeparateAtOnce()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with { Limits = options.Limits with { ChunkBytes = 1 << 20 } });
        UploadHold hold = new();
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: hold.PrepareAsync);
        IPage page = visitor.Page;
        await page.GetByLabel("Separate as soon as a song is here").CheckAsync();
        await page.GetByTestId("files").SetInputFilesAsync(server.LongSong(Long));
        await hold.WaitAsync();
        hold.Release();
        await page.ReloadAsync();
        await DoneAsync(page);
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AnUnfinishedUploadIsItsOwnUsersOnly()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with
        {
            Tokens = s_tokens,
            Limits = options.Limits with { ChunkBytes = 1 << 20 },
        });
        UploadHold hold = new();
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: hold.PrepareAsync);
        IPage page = visitor.Page;
        await SignInAsync(page, Alice);
        await page.GetByTestId("files").SetInputFilesAsync(server.LongSong(Long));
        await hold.WaitAsync();

        await SignOutAsync(page);
        await SignInAsync(page, Bob);
        await Expect(page.GetByText("Up to")).ToBeVisibleAsync();
        await Task.Delay(1000); // what is taken up again is taken up now
        using ApiClient bob = Client(server, Bob);
        Assert.Equal(0, (await bob.GetAsync("/api/v1/uploads")).GetArrayLength());
        await Expect(page.Locator(".upload")).ToHaveCountAsync(0);

        // Her own is still there for her.
        await SignOutAsync(page);
        hold.Release();
        await SignInAsync(page, Alice);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true })).ToBeVisibleAsync();
        Assert.Equal(0, (await bob.GetAsync("/api/v1/tracks")).GetProperty("total").GetInt32());
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AFileThatIsGoneIsGivenUp()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with { Limits = options.Limits with { ChunkBytes = 1 << 20 } });
        string song = server.LongSong(Long);
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: context => context.RouteAsync("**/api/v1/uploads/*", async route =>
        {
            if (route.Request.Method == "PATCH")
            {
                File.Delete(song);
            }

            await route.ContinueAsync();
        }));
        IPage page = visitor.Page;
        await page.GetByTestId("files").SetInputFilesAsync(song);
        await Expect(page.Locator(".upload").GetByRole(AriaRole.Alert)).ToHaveTextAsync("This file cannot be read; it may have been moved or changed.");

        await page.ReloadAsync();
        await Expect(page.GetByText("Up to")).ToBeVisibleAsync();
        await Task.Delay(1000); // what is taken up again is taken up now
        await Expect(page.Locator(".upload")).ToHaveCountAsync(0);
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task TwoTabsShareOneStreamAndShowTheSame()
    {
        await using PageServer server = await PageServer.StartAsync();
        int streams = 0;
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: context =>
        {
            context.Request += (_, request) =>
            {
                if (request.Url.Contains("/api/v1/events", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref streams);
                }
            };
            return Task.CompletedTask;
        });
        IPage first = visitor.Page;
        IPage second = await visitor.OpenAsync("/");
        await SeparateAsync(first, server.LongSong(Long));
        await RunningAsync(second, ".song .running");
        Assert.Equal(1, Volatile.Read(ref streams));

        // The tab that listened goes; the other one listens from then on.
        await first.CloseAsync();
        await Expect(second.Locator(".song")).ToContainTextAsync("Vocals & accompaniment", new() { Timeout = Visitor.Patience });
        Assert.Equal(2, Volatile.Read(ref streams));
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AServerThatRestartsWhileSeparatingFinishesTheSong()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage page = visitor.Page;
        await SeparateAsync(page, server.LongSong(Long));
        await server.StopAsync();
        await Expect(page.GetByRole(AriaRole.Alert).First).ToContainTextAsync(new Regex("The server (is restarting|does not answer)"));
        await Screenshots.TakeAsync(page, "server-gone");
        await server.StartAgainAsync();
        await Expect(page.Locator(".banner")).ToHaveCountAsync(0, new() { Timeout = Visitor.Patience });
        await DoneAsync(page);
    }

    /// <summary>A page that loads while a job ends: the answers to what it asked at first come after the event that the job is done.</summary>
    [Fact]
    public async Task AnAnswerThatComesLateBringsNoJobBack()
    {
        await using PageServer server = await PageServer.StartAsync();
        bool holds = false;
        TaskCompletionSource isHeld = new(TaskCreationOptions.RunContinuationsAsynchronously), isReleased = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: context => context.RouteAsync(new Regex(@"/api/v1/(tracks/[^/]+|jobs\?.*)$"), async route =>
        {
            if (!Volatile.Read(ref holds) || route.Request.Method != "GET")
            {
                await route.ContinueAsync();
                return;
            }

            IAPIResponse early = await route.FetchAsync();
            if (early.Url.Contains("/tracks/", StringComparison.Ordinal))
            {
                Assert.Contains("running", await early.TextAsync(), StringComparison.Ordinal);
                isHeld.TrySetResult();
            }

            await isReleased.Task;
            await route.FulfillAsync(new() { Response = early });
        }));
        IPage page = visitor.Page;
        await SeparateAsync(page, server.LongSong(Long));
        Volatile.Write(ref holds, true);
        await page.ReloadAsync();
        await isHeld.Task.WaitAsync(TimeSpan.FromMilliseconds(Visitor.Patience));
        using ApiClient other = new(new Uri(server.Url));
        while ((await other.GetAsync("/api/v1/jobs?state=queued,running")).GetProperty("total").GetInt32() > 0)
        {
            await Task.Delay(100);
        }

        await Task.Delay(1000); // the event is on its way
        Volatile.Write(ref holds, false);
        isReleased.SetResult();
        await DoneAsync(page);
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task ASecondSignInLeavesOtherTabsAtWork()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with { Tokens = s_tokens });
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage first = visitor.Page;
        await Expect(first.GetByLabel("Access token")).ToBeVisibleAsync();
        IPage second = await visitor.OpenAsync("/");
        foreach (IPage page in new[] { first, second })
        {
            await SignInAsync(page, Alice);
            await Expect(page.GetByText("Up to")).ToBeVisibleAsync();
        }

        // The first tab's cookie was replaced by the second's sign-in.
        await first.GetByTestId("files").SetInputFilesAsync(PageServer.Moonlight);
        await Expect(first.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true })).ToBeVisibleAsync();
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AfterASignOutTheNextUserSeesNothingOfTheOneBefore()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with { Tokens = s_tokens });
        using ApiClient alice = Client(server, Alice), bob = Client(server, Bob);
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage first = visitor.Page;
        await SignInAsync(first, Alice);
        await Expect(first.GetByText("Up to")).ToBeVisibleAsync();
        IPage second = await visitor.OpenAsync("/");
        await Expect(second.GetByText("Up to")).ToBeVisibleAsync();

        await SignOutAsync(second);
        await Expect(first.GetByLabel("Access token")).ToBeVisibleAsync();
        await SignInAsync(second, Bob);
        await Expect(second.GetByText("Up to")).ToBeVisibleAsync();
        await alice.AnnounceAsync("of-alice.wav", 1000);
        await bob.AnnounceAsync("of-bob.wav", 1000);
        await Expect(second.GetByText("of-bob.wav")).ToBeVisibleAsync();
        await Expect(second.GetByText("of-alice.wav")).ToHaveCountAsync(0);
        visitor.AssertNoErrors();
    }

    /// <summary>Two people at one browser, the second of whom never waits for the first to sign out.</summary>
    [Fact]
    public async Task ASignInOfSomebodyElseTakesAllTabs()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with { Tokens = s_tokens });
        using ApiClient alice = Client(server, Alice);
        await alice.AnnounceAsync("of-alice.wav", 1000);
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage first = visitor.Page;
        await Expect(first.GetByLabel("Access token")).ToBeVisibleAsync();
        IPage second = await visitor.OpenAsync("/");
        await Expect(second.GetByLabel("Access token")).ToBeVisibleAsync();
        await SignInAsync(first, Alice);
        await Expect(first.GetByText("of-alice.wav")).ToBeVisibleAsync();
        await SignInAsync(second, Bob);
        await Expect(first.GetByText("of-alice.wav")).ToHaveCountAsync(0);
        await Expect(first.GetByText("Up to")).ToBeVisibleAsync();
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task AnUploadOfAnotherBrowserCanBeGivenUp()
    {
        await using PageServer server = await PageServer.StartAsync();
        using ApiClient other = new(new Uri(server.Url));
        string id = (await other.AnnounceAsync("elsewhere.wav", 1000)).GetProperty("id").GetString()!;
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel the upload of elsewhere.wav" }).ClickAsync();
        await Expect(visitor.Page.GetByText("elsewhere.wav")).ToHaveCountAsync(0);
        await other.GetAsync($"/api/v1/uploads/{id}", System.Net.HttpStatusCode.NotFound);
        visitor.AssertNoErrors();
    }

    private static ApiClient Client(PageServer server, string token)
    {
        ApiClient client = new(new Uri(server.Url));
        client.Client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    private static async Task SignInAsync(IPage page, string token)
    {
        await page.GetByLabel("Access token").FillAsync(token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Open", Exact = true }).ClickAsync();
    }

    private static Task SignOutAsync(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

    private static async Task SeparateAsync(IPage page, string song)
    {
        await page.GetByTestId("files").SetInputFilesAsync(song);
        await page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true }).ClickAsync();
        await RunningAsync(page);
    }

    /// <summary>Waits for a share between the ends. Looks at every frame: an assertion looks once a second, in which a busy machine can have gone from 0 to the end.</summary>
    private static Task RunningAsync(IPage page, string place = ".job .percent") => page.WaitForFunctionAsync(
        "place => /[1-9][0-9]? %/.test(document.querySelector(place)?.textContent ?? '')", place, new() { Timeout = Visitor.Patience });

    private static Task DoneAsync(IPage page) =>
        Expect(page.GetByRole(AriaRole.Group, new() { Name = "Vocals" })).ToBeVisibleAsync(new() { Timeout = 2 * Visitor.Patience });

    /// <summary>Lets the first chunk of an upload pass; the next one stays on its way until its page is gone, unless it was released before it was sent.</summary>
    private sealed class UploadHold
    {
        private readonly TaskCompletionSource _isHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isReleased;

        public Task PrepareAsync(IBrowserContext context) => context.RouteAsync("**/api/v1/uploads/*", async route =>
        {
            if (route.Request.Method == "PATCH" && route.Request.Headers["upload-offset"] != "0" && !Volatile.Read(ref _isReleased))
            {
                _isHeld.TrySetResult();
                return;
            }

            await route.ContinueAsync();
        });

        public Task WaitAsync() => _isHeld.Task.WaitAsync(TimeSpan.FromMilliseconds(Visitor.Patience));

        public void Release() => Volatile.Write(ref _isReleased, true);
    }
}
