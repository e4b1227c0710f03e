namespace Descant.Web.Security;

/// <summary>Whose a request is, for endpoints.</summary>
internal static class UserOfRequest
{
    private static readonly object s_key = new();

    /// <summary>The user that the request was let in as.</summary>
    public static string User(this HttpContext context) => (string)context.Items[s_key]!;

    public static void SetUser(this HttpContext context, string user) => context.Items[s_key] = user;
}
