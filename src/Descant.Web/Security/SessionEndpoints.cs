namespace Descant.Web.Security;

/// <summary>Whether somebody is let in.</summary>
internal sealed record SessionView(string? User, bool TokenRequired, bool Authenticated, string? Csrf);

/// <summary>What somebody shows to be let in.</summary>
internal sealed record SessionRequest(string? Token);

/// <summary>Sessions of browsers: a token is exchanged for a cookie that scripts cannot read.</summary>
internal static class SessionEndpoints
{
    public static void MapSession(this RouteGroupBuilder api)
    {
        RouteGroupBuilder session = api.MapGroup("/session").WithTags("Session");
        session.MapGet("", Get).WithSummary("Whether the caller is let in, and what its changes must carry.");
        session.MapPost("", Create).WithSummary("Exchanges a token for a cookie.");
        session.MapDelete("", Delete).WithSummary("Ends the session.").Produces(StatusCodes.Status204NoContent);
    }

    private static SessionView Get(HttpContext context, Access access, Sessions sessions)
    {
        string? user = access.Identify(context);
        string? csrf = user is not null && sessions.AreRequired && context.Request.Cookies[Sessions.Cookie] is { } cookie ? sessions.AntiForgery(cookie) : null;
        context.Response.Headers.CacheControl = "no-store";
        return new SessionView(user, sessions.AreRequired, user is not null, csrf);
    }

    private static SessionView Create(SessionRequest request, HttpContext context, Access access, Sessions sessions)
    {
        if (!sessions.AreRequired)
        {
            return Get(context, access, sessions);
        }

        string user = access.UserOfToken(context, request.Token ?? "")
            ?? throw new Problem(StatusCodes.Status401Unauthorized, "unauthorized", "That token is not valid.");
        string cookie = sessions.Create(user);
        context.Response.Cookies.Append(Sessions.Cookie, cookie, Options(context, Sessions.Lifetime));
        context.Response.Headers.CacheControl = "no-store";
        return new SessionView(user, TokenRequired: true, Authenticated: true, sessions.AntiForgery(cookie));
    }

    private static IResult Delete(HttpContext context, Access access)
    {
        access.CheckAntiForgery(context);
        context.Response.Cookies.Delete(Sessions.Cookie, Options(context, TimeSpan.Zero));
        return Results.NoContent();
    }

    private static CookieOptions Options(HttpContext context, TimeSpan lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = "/",
        MaxAge = lifetime,
    };
}
