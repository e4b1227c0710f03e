using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Descant.Web.Library;

namespace Descant.Web.Security;

/// <summary>Who a token or cookie belongs to. Nothing is stored: cookies are signed, and die with the token that they came from.</summary>
internal sealed class Sessions(DataFolder data, ServerOptions options, TimeProvider time)
{
    public const string Cookie = "descant-session";
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private readonly (byte[] Hash, string User)[] _tokens =
        [.. options.Tokens.Select(token => (SHA256.HashData(Encoding.UTF8.GetBytes(token.Key)), token.Value))];

    public bool AreRequired => _tokens.Length > 0;

    /// <summary>The user of a token; null for a wrong one. Takes the same time either way.</summary>
    public string? UserOfToken(string token)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        string? user = null;
        foreach ((byte[] known, string name) in _tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known))
            {
                user = name;
            }
        }

        return user;
    }

    /// <summary>A new cookie value.</summary>
    public string Create(string user)
    {
        string content = string.Create(CultureInfo.InvariantCulture, $"{user}.{(time.GetUtcNow() + Lifetime).ToUnixTimeSeconds()}.{Identifier.Create()}");
        return $"{content}.{Sign("session", content + TokenMark(user))}";
    }

    /// <summary>The user of a cookie value; null where it is forged, too old, or its token was withdrawn.</summary>
    public string? UserOfCookie(string cookie)
    {
        if (cookie.Split('.') is not [string user, string expiry, _, string signature] || !_tokens.Any(token => token.User == user))
        {
            return null;
        }

        string expected = Sign("session", cookie[..^(signature.Length + 1)] + TokenMark(user));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(signature))
            && long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds > time.GetUtcNow().ToUnixTimeSeconds()
            ? user : null;
    }

    /// <summary>What a request with this cookie must carry to change anything.</summary>
    public string AntiForgery(string cookie) => Sign("csrf", cookie);

    public bool IsAntiForgery(string cookie, string? text) =>
        text is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(AntiForgery(cookie)), Encoding.UTF8.GetBytes(text));

    private string Sign(string purpose, string content) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(data.Key, Encoding.UTF8.GetBytes($"{purpose}\n{content}")));

    private string TokenMark(string user) =>
        string.Concat(_tokens.Where(token => token.User == user).Select(token => "\n" + Convert.ToHexStringLower(token.Hash)));
}
