namespace Descant.Web;

/// <summary>Turns whatever goes wrong in a request into problem details, and logs every refusal.</summary>
internal sealed partial class ProblemResponses(RequestDelegate next, ILogger<ProblemResponses> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null }
                or { HasStarted: false, StatusCode: StatusCodes.Status416RangeNotSatisfiable })
            {
                await RefuseAsync(context, OfStatus(context.Response.StatusCode));
            }
        }
        catch (Problem problem)
        {
            await RefuseAsync(context, problem);
        }
        catch (BadHttpRequestException error)
        {
            await RefuseAsync(context, OfStatus(error.StatusCode, error.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
#pragma warning disable CA1031 // The outermost frame of a request: the client must not see what went wrong inside.
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogFailure(error, context.Request.Method, Safe(context.Request.Path));
            await RefuseAsync(context, Problem.IsDiskFull(error)
                ? new Problem(StatusCodes.Status507InsufficientStorage, "quota", Problem.DiskIsFull)
                : new Problem(StatusCodes.Status500InternalServerError, "internal", "Something failed inside the server; its log says what."));
        }
    }

    private static Problem OfStatus(int status, string? detail = null) => status switch
    {
        StatusCodes.Status404NotFound => Problem.NotFound("page or resource"),
        StatusCodes.Status405MethodNotAllowed => new Problem(status, "bad-request", "This address does not take that method."),
        StatusCodes.Status413PayloadTooLarge => new Problem(status, "too-large", detail ?? "The request is too large."),
        StatusCodes.Status415UnsupportedMediaType => new Problem(status, "bad-request", detail ?? "This address does not take that content type."),
        StatusCodes.Status416RangeNotSatisfiable => new Problem(status, "range", "The range lies outside the file."),
        _ => new Problem(status, "bad-request", detail ?? "The request is not understood."),
    };

    private async Task RefuseAsync(HttpContext context, Problem problem)
    {
        LogRefusal(problem.Status, problem.Code, context.Request.Method, Safe(context.Request.Path), context.Connection.RemoteIpAddress?.ToString(), problem.Message);
        if (context.Response.HasStarted)
        {
            context.Abort(); // half an answer must not look like a whole one
            return;
        }

        Microsoft.Extensions.Primitives.StringValues range = context.Response.Headers.ContentRange; // of a 416: how long the file is
        context.Response.Clear();
        context.Response.Headers.ContentRange = range;
        Security.SecurityHeaders.Apply(context);
        await problem.WriteAsync(context);
    }

    // Clients choose paths: no line breaks or escape sequences of theirs reach a log or terminal.
    private static string Safe(PathString path) => Audio.AudioReader.OneLine(path.Value ?? "") is { Length: > 200 } text ? text[..200] : Audio.AudioReader.OneLine(path.Value ?? "");

    [LoggerMessage(Level = LogLevel.Warning, Message = "refused {Status} {Code}: {Method} {Path} from {Client}: {Detail}")]
    private partial void LogRefusal(int status, string code, string method, string path, string? client, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "failed: {Method} {Path}")]
    private partial void LogFailure(Exception error, string method, string path);
}
