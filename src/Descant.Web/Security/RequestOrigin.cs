using System.Net;

namespace Descant.Web.Security;

/// <summary>Refuses requests that were meant for another server, and changes that another site's page asks for.</summary>
/// <remarks>
/// A page elsewhere can make a browser send requests here, and with a rebound name even read the answers. The Host header
/// tells the second (421), Origin and Sec-Fetch-Site tell the first (403).
/// </remarks>
internal sealed class RequestOrigin(RequestDelegate next, ServerOptions options)
{
    private readonly HashSet<string> _names = new(
        ["localhost", "127.0.0.1", "[::1]", .. options.Hosts, .. options.Urls.Select(HostOf).Where(host => host is not ("0.0.0.0" or "[::]" or "*" or "+"))],
        StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        HostString host = context.Request.Host;
        if (!host.HasValue || !IsOurs(host.Host, context.Connection.LocalIpAddress))
        {
            throw new Problem(StatusCodes.Status421MisdirectedRequest, "misdirected", "This server is not called that; start it with --host NAME if it is.");
        }

        bool changesState = !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method));
        if (changesState && (IsForeign(context.Request.Headers.Origin.ToString(), host) || context.Request.Headers["Sec-Fetch-Site"] == "cross-site"))
        {
            throw new Problem(StatusCodes.Status403Forbidden, "foreign-origin", "Another site's page may not change anything here.");
        }

        return next(context);
    }

    /// <summary>The host part of an address to listen on, brackets included.</summary>
    public static string HostOf(string url)
    {
        string rest = url.Contains("://", StringComparison.Ordinal) ? url.Split("://", 2)[1] : url;
        rest = rest.Split('/')[0];
        return rest.StartsWith('[') ? rest[..(rest.IndexOf(']') + 1)] : rest.Split(':')[0];
    }

    private static bool IsForeign(string origin, HostString host) =>
        origin.Length > 0 && (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")
            || !string.Equals(uri.Host, host.Host, StringComparison.OrdinalIgnoreCase)
            || uri.Port != (host.Port ?? (uri.Scheme == "https" ? 443 : 80)));

    // An address of this machine is as good as a name: it cannot be rebound.
    private bool IsOurs(string name, IPAddress? local) =>
        _names.Contains(name) || (IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address) && local is not null && Plain(address).Equals(Plain(local)));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
