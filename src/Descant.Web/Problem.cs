namespace Descant.Web;

/// <summary>A refusal that a client is told about: <c>application/problem+json</c> with a code for programs.</summary>
internal sealed class Problem(int status, string code, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    /// <summary>One of the codes that <c>docs/api.md</c> lists.</summary>
    public string Code { get; } = code;

    /// <summary>Seconds after which trying again makes sense.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Facts beside the text, such as the offset that was expected.</summary>
    public IReadOnlyDictionary<string, object?> Facts { get; init; } = new Dictionary<string, object?>();

    /// <summary>What everybody is told whose work needs room that the server's disk lacks.</summary>
    public const string DiskIsFull = "The server's disk is full.";

    public static Problem NotFound(string what) => new(StatusCodes.Status404NotFound, "not-found", $"There is no such {what}.");

    public static Problem BadRequest(string detail) => new(StatusCodes.Status400BadRequest, "bad-request", detail);

    public static Problem Busy(string detail, int retryAfterSeconds = 1) =>
        new(StatusCodes.Status503ServiceUnavailable, "busy", detail) { RetryAfterSeconds = retryAfterSeconds };

    /// <summary>Whether an error says that the disk has no room.</summary>
    public static bool IsDiskFull(Exception error) => error is IOException && (error.HResult & 0xFFFF) is 28 or 112; // ENOSPC, ERROR_DISK_FULL

    public async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        if (RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString();
        }

        context.Response.Headers.CacheControl = "no-store";
        Dictionary<string, object?> body = new()
        {
            ["type"] = "about:blank",
            ["title"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(Status),
            ["status"] = Status,
            ["detail"] = Message,
            ["code"] = Code,
        };
        foreach ((string key, object? value) in Facts)
        {
            body[key] = value;
        }

        await context.Response.WriteAsJsonAsync(body, options: null, contentType: "application/problem+json", context.RequestAborted);
    }
}
