using System.Threading.RateLimiting;
using Descant.Web.Library;

namespace Descant.Web.Security;

/// <summary>Finds out whose a request is, refuses strangers, and keeps everybody within the rate.</summary>
internal sealed class Access : IAsyncDisposable
{
    private const string Bearer = "Bearer ";
    private readonly Sessions _sessions;
    private readonly PartitionedRateLimiter<string> _requests;
    private readonly PartitionedRateLimiter<string> _wrongTokens;

    public Access(Sessions sessions, ServerOptions options)
    {
        _sessions = sessions;
        _requests = Limiter(options.Limits.RequestsPerMinute);
        _wrongTokens = Limiter(options.Limits.WrongTokensPerMinute);
    }

    /// <summary>The user of a cookie or token; null for a stranger.</summary>
    public string? Identify(HttpContext context)
    {
        if (!_sessions.AreRequired)
        {
            return DataFolder.LocalUser;
        }

        if (HasToken(context))
        {
            return UserOfToken(context, context.Request.Headers.Authorization.ToString()[Bearer.Length..].Trim());
        }

        return context.Request.Cookies[Sessions.Cookie] is { } cookie ? _sessions.UserOfCookie(cookie) : null;
    }

    /// <summary>The user of a token, and a wait for who tries many.</summary>
    public string? UserOfToken(HttpContext context, string token)
    {
        string address = Address(context);
        if (_wrongTokens.GetStatistics(address)?.CurrentAvailablePermits < 1)
        {
            throw new Problem(StatusCodes.Status429TooManyRequests, "rate-limited", "Too many wrong tokens came from your address.") { RetryAfterSeconds = 60 };
        }

        string? user = _sessions.UserOfToken(token);
        if (user is null)
        {
            _wrongTokens.AttemptAcquire(address);
        }

        return user;
    }

    /// <summary>Lets a request through, or refuses it.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        PathString path = context.Request.Path;
        if (path.StartsWithSegments("/health") || path.StartsWithSegments("/ready"))
        {
            return next(context);
        }

        bool isOpen = !(path.StartsWithSegments("/api") || path.StartsWithSegments("/metrics")) || path == "/api/v1/session";
        string? user = isOpen ? null : Identify(context);
        string who = user is null || !_sessions.AreRequired ? Address(context) : "user " + user;
        using RateLimitLease lease = _requests.AttemptAcquire(who);
        if (!lease.IsAcquired)
        {
            throw new Problem(StatusCodes.Status429TooManyRequests, "rate-limited", "Too many requests; wait a moment.") { RetryAfterSeconds = 5 };
        }

        if (!isOpen && user is null)
        {
            throw new Problem(StatusCodes.Status401Unauthorized, "unauthorized", "A valid access token is needed.");
        }

        if (user is not null)
        {
            CheckAntiForgery(context);
            context.SetUser(user);
        }

        return next(context);
    }

    /// <summary>Refuses a change that a cookie vouches for but no page of ours asked for.</summary>
    public void CheckAntiForgery(HttpContext context)
    {
        string method = context.Request.Method;
        bool isByCookie = _sessions.AreRequired && !HasToken(context);
        if (isByCookie && !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && context.Request.Cookies[Sessions.Cookie] is { } cookie
            && !_sessions.IsAntiForgery(cookie, context.Request.Headers["X-CSRF-Token"]))
        {
            throw new Problem(StatusCodes.Status403Forbidden, "csrf", "The X-CSRF-Token header is missing or wrong; GET /api/v1/session tells it.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _requests.DisposeAsync();
        await _wrongTokens.DisposeAsync();
    }

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    // Whether the request shows a token: any other Authorization leaves it to the cookie.
    private static bool HasToken(HttpContext context) => context.Request.Headers.Authorization.ToString().StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);

    private static PartitionedRateLimiter<string> Limiter(int perMinute)
    {
        // Whole tokens, about ten times a second where there are that many; the period then makes the rate exact.
        int tokens = Math.Max(1, perMinute / 600);
        TimeSpan period = TimeSpan.FromMinutes((double)tokens / perMinute);
        return PartitionedRateLimiter.Create<string, string>(who => RateLimitPartition.GetTokenBucketLimiter(
            who, _ => new TokenBucketRateLimiterOptions { TokenLimit = perMinute, TokensPerPeriod = tokens, ReplenishmentPeriod = period, AutoReplenishment = true }));
    }
}
