using Descant.Web.Jobs;
using Descant.Web.Library;
using Descant.Web.Security;
using Descant.Web.Uploads;
using Quartz;

namespace Descant.Web.Operations;

/// <summary>What those who run the server ask: does it live, can it work, what does it count.</summary>
internal static class OperationsEndpoints
{
    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health", () => new { status = "ok" }).WithTags("Operations").WithSummary("The process lives.");
        app.MapGet("/ready", ReadyAsync).WithTags("Operations").WithSummary("Everything that work needs is there.");
        app.MapGet("/metrics", (PrometheusText metrics) => Results.Text(metrics.Write(), "text/plain; version=0.0.4")).WithTags("Operations").WithSummary("Counters for Prometheus.");
    }

    public static void MapServer(this RouteGroupBuilder api) => api.MapGet("/server", Server).WithTags("Server").WithSummary("Limits, and how much the caller uses.");

    private static async Task<IResult> ReadyAsync(DataFolder data, ModelCatalog models, BoundedFfmpeg ffmpeg, ISchedulerFactory schedulers, ServerOptions options)
    {
        bool hasRoom = data.FreeBytes() > options.Limits.FreeBytes;
        bool hasModels = models.List().Count > 0;
        bool runsJobs;
        try
        {
            runsJobs = (await schedulers.GetScheduler()).Status == SchedulerStatus.Running;
        }
        catch (SchedulerException)
        {
            runsJobs = false;
        }

        bool isReady = hasRoom && hasModels && runsJobs;
        return Results.Json(
            new
            {
                status = isReady ? "ready" : "not ready",
                checks = new
                {
                    data = hasRoom ? "ok" : "the disk is full",
                    models = hasModels ? "ok" : "there is no model",
                    ffmpeg = ffmpeg.IsAvailable ? "ok" : "missing: only WAV is read and written",
                    jobs = runsJobs ? "ok" : "the job engine does not run",
                },
            },
            statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static object Server(HttpContext context, ServerOptions options, LibraryUsage usage, TrackStore tracks, BoundedFfmpeg ffmpeg) => new
    {
        version = ServerVersion.Text,
        limits = new
        {
            maxUploadBytes = options.Limits.UploadBytes,
            maxDurationSeconds = options.Limits.DurationSeconds,
            chunkBytes = options.Limits.ChunkBytes,
            maxQueuedJobs = options.Limits.QueuedJobs,
            quotaBytes = options.Limits.QuotaBytes,
            maxChunkSamples = options.Limits.AudioSamples,
        },
        usage = new { bytes = usage.Bytes(context.User()), tracks = tracks.All(context.User()).Count() },
        keepDays = options.Keep?.TotalDays,
        formats = ffmpeg.IsAvailable ? new[] { "wav", "flac", "mp3" } : ["wav"],
        accepts = ffmpeg.IsAvailable
            ? new[] { ".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".aiff", ".aif", ".wma", ".wv", ".ape", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi" }
            : [".wav"],
    };
}
