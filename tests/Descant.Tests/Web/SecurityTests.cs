using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Descant.Web;

namespace Descant.Tests.Web;

/// <summary>Who is let in, from where, and what browsers are told.</summary>
public sealed class SecurityTests
{
    private static readonly Dictionary<string, string> s_tokens = new() { ["alice-secret-0001"] = "alice", ["bob-secret-00002"] = "bob" };

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://*:0")]
    [InlineData("http://192.0.2.1:5080")]
    [InlineData("http://stems.example.org:80")]
    public async Task Addresses_that_others_reach_need_a_token(string url)
    {
        using TemporaryFolder folder = new();
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => DescantServer.StartAsync(new ServerOptions { Data = folder["data"], Urls = [url] }));
        Assert.Contains("token", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1:9", true)]
    [InlineData("[::1]", true)]
    [InlineData("stems.example.org", true)]
    [InlineData("evil.example", false)]
    [InlineData("stems.example.org.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("192.168.0.7", false)]
    public async Task Requests_for_other_hosts_are_misdirected(string host, bool isOurs)
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Hosts = ["stems.example.org"] });
        foreach (string path in new[] { "/api/v1/tracks", "/health", "/openapi/v1.json" })
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { Host = host } };
            using HttpResponseMessage response = await server.Client.SendAsync(request);
            if (isOurs)
            {
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
            else
            {
                await ApiClient.ProblemAsync(response, 421, "misdirected");
            }
        }
    }

    [Theory]
    [InlineData("http://evil.example", null)]
    [InlineData("null", null)]
    [InlineData("https://127.0.0.1", null)]
    [InlineData("http://127.0.0.1:1", null)]
    [InlineData("file://", null)]
    [InlineData(null, "cross-site")]
    public async Task Changes_that_another_site_asks_for_are_refused(string? origin, string? site)
    {
        await using WebServer server = await WebServer.StartAsync();
        foreach (HttpMethod method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete })
        {
            using HttpRequestMessage request = new(method, "/api/v1/uploads") { Content = JsonContent.Create(new { name = "a.wav", size = 1 }) };
            request.Headers.Add("Idempotency-Key", "k");
            if (origin is not null)
            {
                request.Headers.TryAddWithoutValidation("Origin", origin);
            }

            if (site is not null)
            {
                request.Headers.Add("Sec-Fetch-Site", site);
            }

            await ApiClient.ProblemAsync(await server.Client.SendAsync(request), 403, "foreign-origin");
        }

        Assert.Empty((await server.GetAsync("/api/v1/uploads")).EnumerateArray());
    }

    [Fact]
    public async Task Our_own_origin_may_and_nobody_is_told_about_sharing()
    {
        await using WebServer server = await WebServer.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/uploads") { Content = JsonContent.Create(new { name = "a.wav", size = 1 }) };
        request.Headers.Add("Idempotency-Key", "k");
        request.Headers.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("script-src 'self';", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.False(response.Headers.Contains("Server"));

        using HttpRequestMessage preflight = new(HttpMethod.Options, "/api/v1/uploads");
        preflight.Headers.Add("Origin", "http://evil.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        using HttpResponseMessage answer = await server.Client.SendAsync(preflight);
        Assert.False(answer.IsSuccessStatusCode && answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Every_user_has_a_library_of_their_own()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Tokens = s_tokens });
        await ApiClient.ProblemAsync(await server.Client.GetAsync("/api/v1/tracks"), 401, "unauthorized");
        await ApiClient.ProblemAsync(await server.Client.GetAsync("/metrics"), 401, "unauthorized");
        await ApiClient.ProblemAsync(await server.Client.GetAsync("/api/v1/events"), 401, "unauthorized");
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health")).StatusCode);

        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "alice-secret-0001");
        JsonElement track = await server.ReadyTrackAsync(WebServer.Wav(0.5));
        JsonElement job = await server.EndOfJobAsync((await server.JobAsync(track.GetProperty("id").GetString()!)).GetProperty("id").GetString()!);
        string trackPath = $"/api/v1/tracks/{track.GetProperty("id").GetString()}";
        string jobPath = $"/api/v1/jobs/{job.GetProperty("id").GetString()}";
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(trackPath + "/mixture/file")).StatusCode);

        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "bob-secret-00002");
        Assert.Equal(0, (await server.GetAsync("/api/v1/tracks")).GetProperty("total").GetInt32());
        foreach (string path in new[] { trackPath, trackPath + "/mixture/file", trackPath + "/mixture/audio?from=0&count=1", jobPath, jobPath + "/stems/vocals/file", jobPath + "/zip", jobPath + "/mix?stem=vocals" })
        {
            await ApiClient.ProblemAsync(await server.Client.GetAsync(path), 404, "not-found");
        }

        await ApiClient.ProblemAsync(await server.Client.DeleteAsync(trackPath), 404, "not-found");
        await ApiClient.ProblemAsync(await server.Client.PostAsync(jobPath + "/cancel", null), 404, "not-found");
        await ApiClient.ProblemAsync(await server.Client.PostAsJsonAsync("/api/v1/jobs", new { trackId = track.GetProperty("id").GetString() }), 404, "not-found");
    }

    [Fact]
    public async Task A_cookie_lets_in_and_changes_need_what_only_our_page_knows()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Tokens = s_tokens });
        using HttpClientHandler handler = new() { UseCookies = false };
        using HttpClient browser = new(handler) { BaseAddress = server.Address };
        JsonElement before = await ApiClient.JsonAsync(await browser.GetAsync("/api/v1/session"));
        Assert.False(before.GetProperty("authenticated").GetBoolean());
        Assert.True(before.GetProperty("tokenRequired").GetBoolean());

        using HttpResponseMessage entered = await browser.PostAsJsonAsync("/api/v1/session", new { token = "alice-secret-0001" });
        string setCookie = entered.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", setCookie);
        Assert.Contains("samesite=strict", setCookie);
        string cookie = setCookie.Split(';')[0];
        string csrf = (await ApiClient.JsonAsync(entered)).GetProperty("csrf").GetString()!;

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/api/v1/tracks", cookie, null)).StatusCode);
        await ApiClient.ProblemAsync(await SendAsync(HttpMethod.Post, "/api/v1/uploads", cookie, null), 403, "csrf");
        await ApiClient.ProblemAsync(await SendAsync(HttpMethod.Post, "/api/v1/uploads", cookie, "wrong"), 403, "csrf");
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, "/api/v1/uploads", cookie, csrf)).StatusCode);

        string forged = cookie.Replace("alice", "bob", StringComparison.Ordinal);
        await ApiClient.ProblemAsync(await SendAsync(HttpMethod.Get, "/api/v1/tracks", forged, null), 401, "unauthorized");
        await ApiClient.ProblemAsync(await SendAsync(HttpMethod.Delete, "/api/v1/session", cookie, null), 403, "csrf");

        Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string shown, string? token)
        {
            HttpRequestMessage request = new(method, path) { Content = method == HttpMethod.Post ? JsonContent.Create(new { name = "a.wav", size = 1 }) : null };
            request.Headers.Add("Cookie", shown);
            request.Headers.Add("Idempotency-Key", "k");
            if (token is not null)
            {
                request.Headers.Add("X-CSRF-Token", token);
            }

            return browser.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("Basic eDp5")]
    [InlineData("Bearer")]
    [InlineData("x")]
    public async Task Another_kind_of_authorization_leaves_a_change_to_the_cookie(string authorization)
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Tokens = s_tokens });
        using HttpClient browser = new(new HttpClientHandler { UseCookies = false }) { BaseAddress = server.Address };
        using HttpResponseMessage entered = await browser.PostAsJsonAsync("/api/v1/session", new { token = "alice-secret-0001" });
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/uploads") { Content = JsonContent.Create(new { name = "a.wav", size = 1 }) };
        request.Headers.Add("Cookie", entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        request.Headers.Add("Idempotency-Key", "k");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        await ApiClient.ProblemAsync(await browser.SendAsync(request), 403, "csrf");
    }

    [Fact]
    public async Task Requests_come_back_at_the_rate_that_was_chosen()
    {
        const int Rate = 119; // just below two a second
        await using WebServer server = await WebServer.StartAsync(options => options with { Limits = options.Limits with { RequestsPerMinute = Rate } });
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        int first = await AllowedAsync();
        await Task.Delay(TimeSpan.FromSeconds(5));
        int later = await AllowedAsync();

        // At one a second it were five. A token and a timer's tick may be on their way.
        Assert.True(later >= 8, $"{later} in five seconds");
        Assert.InRange(first + later, Rate, Rate + (clock.Elapsed.TotalMinutes * Rate) + 1);

        async Task<int> AllowedAsync()
        {
            for (int allowed = 0; ; allowed++)
            {
                using HttpResponseMessage response = await server.Client.GetAsync("/api/v1/session");
                if (response.StatusCode == HttpStatusCode.TooManyRequests)
                {
                    return allowed;
                }
            }
        }
    }

    [Fact]
    public async Task Guessing_tokens_is_slowed_down()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Tokens = s_tokens, Limits = options.Limits with { WrongTokensPerMinute = 5 } });
        for (int i = 0; i < 5; i++)
        {
            await ApiClient.ProblemAsync(await server.Client.PostAsJsonAsync("/api/v1/session", new { token = $"guess-{i}" }), 401, "unauthorized");
        }

        using HttpResponseMessage refused = await server.Client.PostAsJsonAsync("/api/v1/session", new { token = "alice-secret-0001" });
        Assert.True(refused.Headers.RetryAfter is not null);
        await ApiClient.ProblemAsync(refused, 429, "rate-limited");
    }

    [Fact]
    public async Task Strangers_have_a_rate_too_and_nobody_takes_all_event_streams()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Tokens = s_tokens, Limits = options.Limits with { RequestsPerMinute = 20 } });
        List<HttpStatusCode> answers = [];
        for (int i = 0; i < 30; i++)
        {
            using HttpResponseMessage answer = await server.Client.GetAsync("/api/v1/tracks");
            answers.Add(answer.StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, answers[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);

        await using WebServer other = await WebServer.StartAsync(options => options with { Limits = options.Limits with { EventStreamsOfUser = 2 } });
        using EventStream one = await EventStream.OpenAsync(other.Client);
        using EventStream two = await EventStream.OpenAsync(other.Client);
        using HttpResponseMessage third = await other.Client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        await ApiClient.ProblemAsync(third, 503, "busy");
    }

    [Fact]
    public async Task Too_many_requests_and_too_much_data_are_refused()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with
        {
            Limits = options.Limits with { RequestsPerMinute = 40, QuotaBytes = 1000, UploadBytes = 5000, OpenUploads = 3 },
        });
        await Refused(5001, 413, "too-large");
        await Refused(1001, 507, "quota");
        await server.AnnounceAsync("a.wav", 300);
        await server.AnnounceAsync("b.wav", 300);
        await Refused(600, 507, "quota");
        await server.AnnounceAsync("c.wav", 300);
        await Refused(50, 429, "too-many-uploads");

        bool isLimited = false;
        for (int i = 0; i < 60 && !isLimited; i++)
        {
            using HttpResponseMessage response = await server.Client.GetAsync("/api/v1/tracks");
            isLimited = response.StatusCode == HttpStatusCode.TooManyRequests;
        }

        Assert.True(isLimited);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health")).StatusCode);

        async Task Refused(long size, int status, string code)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/uploads") { Content = JsonContent.Create(new { name = "x.wav", size }) };
            request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
            await ApiClient.ProblemAsync(await server.Client.SendAsync(request), status, code);
        }
    }
}
