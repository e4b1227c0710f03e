using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace Descant.Tests.Web.Page;

/// <summary>Debian's Chromium, started once for all tests of the page.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string AnotherChromium = "DESCANT_CHROMIUM";
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>axe-core, as npm installed it for the page.</summary>
    public static string Axe => File.ReadAllText(Path.Combine(Checkout.Root, "src", "Descant.Web", "page", "node_modules", "axe-core", "axe.min.js"));

    /// <summary>A script that lies beside the tests.</summary>
    public static string Script(string name) => File.ReadAllText(Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Web", "Page", name));

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable(AnotherChromium) ?? "/usr/bin/chromium",
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--autoplay-policy=no-user-gesture-required",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Bytes of their own (private and written to) that the browser's page processes hold; Linux tells.</summary>
    public async Task<long> PageBytesAsync()
    {
        ICDPSession session = await _browser!.NewBrowserCDPSessionAsync();
        JsonElement answer = (await session.SendAsync("SystemInfo.getProcessInfo"))!.Value;
        await session.DetachAsync();
        long bytes = 0;
        foreach (JsonElement process in answer.GetProperty("processInfo").EnumerateArray().Where(process => process.GetProperty("type").GetString() == "renderer"))
        {
            string line = File.ReadLines($"/proc/{process.GetProperty("id").GetInt32()}/smaps_rollup").Single(text => text.StartsWith("Private_Dirty:", StringComparison.Ordinal));
            bytes += 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }

        return bytes;
    }

    /// <summary>A visitor of his own: no cookies, no memory. What his pages report as errors fails the test that asks <see cref="Visitor.AssertNoErrors"/>.</summary>
    public async Task<Visitor> VisitAsync(string url, BrowserNewContextOptions? options = null, Func<IBrowserContext, Task>? prepare = null)
    {
        options ??= new BrowserNewContextOptions();
        options.ViewportSize ??= new ViewportSize { Width = 1280, Height = 860 };
        options.BaseURL = url;
        IBrowserContext context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout(Visitor.Patience);
        Assertions.SetDefaultExpectTimeout(Visitor.Patience); // five seconds are little where all cores are at work
        if (prepare is not null)
        {
            await prepare(context);
        }

        Visitor visitor = new(context);
        await visitor.OpenAsync("/");
        return visitor;
    }
}

/// <summary>One browser profile and the pages that it has open.</summary>
public sealed class Visitor(IBrowserContext context) : IAsyncDisposable
{
    /// <summary>Milliseconds to wait for what should be there: other tests take the processors meanwhile.</summary>
    public const int Patience = 60_000;

    private readonly List<string> _errors = [];

    /// <summary>The profile.</summary>
    public IBrowserContext Context => context;

    /// <summary>The page opened last.</summary>
    public IPage Page { get; private set; } = null!;

    /// <summary>Opens another page, which becomes <see cref="Page"/>.</summary>
    public async Task<IPage> OpenAsync(string address)
    {
        IPage page = await context.NewPageAsync();
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            // A connection that the test itself breaks is reported by the browser, not by the page.
            if (message.Type == "error" && !message.Text.Contains("net::ERR_", StringComparison.Ordinal) && !message.Text.Contains("status of", StringComparison.Ordinal))
            {
                _errors.Add(message.Text);
            }
        };
        await page.GotoAsync(address);
        return Page = page;
    }

    /// <summary>Neither an uncaught exception nor a refused script, style or font.</summary>
    public void AssertNoErrors() => Assert.Empty(_errors);

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}

/// <summary>The tests of the page run one after the other and share the browser.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BrowserTests : ICollectionFixture<Browser>
{
    public const string Name = "browser";
}
