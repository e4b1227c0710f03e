using System.Globalization;
using Descant.Audio;
using Descant.Models;
using Descant.Web.Events;
using Descant.Web.Library;
using Descant.Web.Security;

namespace Descant.Web.Jobs;

/// <summary>What is asked for.</summary>
internal sealed record JobRequest(string? TrackId, string? Model, IReadOnlyList<string>? Stems, JobOptions? Options);

/// <summary>Separations.</summary>
internal static class JobEndpoints
{
    private const int MostPerPage = 200;
    private const double MostGain = 4;
    private const int MostLevels = 32;

    public static void MapJobs(this RouteGroupBuilder api)
    {
        api.MapGet("/models", (ModelCatalog models) => models.List()).WithTags("Models").WithSummary("Models and the stems that they make.");
        RouteGroupBuilder jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapPost("", CreateAsync).WithSummary("Asks for stems of a track.").Produces<JobView>(StatusCodes.Status201Created).Produces<JobView>();
        jobs.MapGet("", List).WithSummary("Jobs, newest first.");
        jobs.MapGet("/{id}", (string id, HttpContext context, JobStore store, Views views) => views.Job(context.User(), store.Get(context.User(), id))).WithSummary("A job.");
        jobs.MapDelete("/{id}", DeleteAsync).WithSummary("Deletes a job with its stems.").Produces(StatusCodes.Status204NoContent);
        jobs.MapPost("/{id}/cancel", CancelAsync).WithSummary("Cancels a job.");
        jobs.MapPost("/{id}/retry", RetryAsync).WithSummary("Replaces a failed or cancelled job by a new one.").Produces<JobView>(StatusCodes.Status201Created);
        jobs.MapMethods("/{id}/mix", [HttpMethods.Get, HttpMethods.Head], MixAsync).WithTags("Audio").WithSummary("A mix of stems as a file.").Produces<Stream>(StatusCodes.Status200OK, "audio/wav", "audio/flac", "audio/mpeg");
        jobs.MapMethods("/{id}/zip", [HttpMethods.Get, HttpMethods.Head], ZipAsync).WithTags("Audio").WithSummary("All stems in one archive.").Produces<Stream>(StatusCodes.Status200OK, "application/zip");
    }

    private static async Task<IResult> CreateAsync(
        JobRequest request, HttpContext context, JobStore store, TrackStore tracks, JobQueue queue, JobRunner runner, ModelCatalog models, Views views, LibraryUsage usage,
        EventHub events, QueueAnnouncer announcer, ServerOptions options, TimeProvider time)
    {
        string user = context.User();
        TrackRecord track = Separable(request.TrackId ?? "", user, tracks);
        string name = request.Model ?? models.DefaultName;
        ModelView model = models.Find(name)
            ?? throw Unprocessable("unknown-model", $"Expected a model of {string.Join(", ", models.List().Select(known => known.Name))}; got {MediaName(name)}.");
        JobOptions chosen = request.Options ?? new JobOptions();
        if (chosen.Shifts is < 1 or > 10 || !(chosen.Overlap is >= 0 and <= 0.9))
        {
            throw Unprocessable("bad-options", "Expected shifts of 1 to 10 and an overlap of 0 to 0.9.");
        }

        IReadOnlyList<string> stems = Stems(request.Stems, model);
        if (store.All(user).FirstOrDefault(known => known.TrackId == track.Id && known.Model == name && known.Options == chosen && known.Stems.SequenceEqual(stems)
                && store.State(user, known.Id) is JobState.Queued or JobState.Running or JobState.Done) is { } same)
        {
            return Results.Ok(views.Job(user, same));
        }

        JobRecord job = new()
        {
            Id = Identifier.Create(),
            TrackId = track.Id,
            Model = name,
            Stems = stems,
            Options = chosen,
            Created = time.GetUtcNow(),
            Turn = 0,
        };
        return await AddAsync(user, job, track, queue, runner, views, usage, events, announcer, options);
    }

    private static PageView<JobView> List(HttpContext context, JobStore store, Views views, string? state = null, int page = 1, int pageSize = 50)
    {
        if (page < 1 || pageSize is < 1 or > MostPerPage)
        {
            throw Problem.BadRequest($"Expected a page from 1 and a pageSize of 1 to {MostPerPage}.");
        }

        string user = context.User();
        IEnumerable<JobRecord> jobs = store.All(user);
        if (state is { Length: > 0 })
        {
            JobState[] states = [.. state.Split(',').Select(name => Enum.TryParse(name, ignoreCase: true, out JobState known) && !char.IsDigit(name[0]) ? known
                : throw Problem.BadRequest("Expected state to be some of queued,running,done,failed,cancelled."))];
            jobs = jobs.Where(job => states.Contains(store.State(user, job.Id)));
        }

        JobRecord[] all = [.. jobs.OrderByDescending(job => job.Created).ThenBy(job => job.Id, StringComparer.Ordinal)];
        return new PageView<JobView>([.. all.Skip(PageView<JobView>.Before(page, pageSize)).Take(pageSize).Select(job => views.Job(user, job))], all.Length, page, pageSize);
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, JobStore store, TrackRemoval removal)
    {
        await removal.RemoveJobAsync(context.User(), store.Get(context.User(), id));
        return Results.NoContent();
    }

    private static async Task<JobView> CancelAsync(string id, HttpContext context, JobStore store, TrackRemoval removal, Views views)
    {
        string user = context.User();
        JobRecord job = store.Get(user, id);
        if (!await removal.CancelAsync(user, job) && store.State(user, id) != JobState.Cancelled)
        {
            throw new Problem(StatusCodes.Status409Conflict, "finished", "The job has ended.");
        }

        return views.Job(user, job);
    }

    private static async Task<IResult> RetryAsync(
        string id, HttpContext context, JobStore store, TrackStore tracks, JobQueue queue, JobRunner runner, TrackRemoval removal, Views views, LibraryUsage usage,
        EventHub events, QueueAnnouncer announcer, ServerOptions options, TimeProvider time)
    {
        string user = context.User();
        JobRecord old = store.Get(user, id);
        if (store.State(user, id) is not (JobState.Failed or JobState.Cancelled))
        {
            throw new Problem(StatusCodes.Status409Conflict, "not-finished", "Only failed and cancelled jobs can be repeated.");
        }

        JobRecord job = old with { Id = Identifier.Create(), Created = time.GetUtcNow(), RetryOf = old.Id };
        IResult result = await AddAsync(user, job, Separable(old.TrackId, user, tracks), queue, runner, views, usage, events, announcer, options);
        await removal.RemoveJobAsync(user, old);
        return result;
    }

    private static async Task<IResult> MixAsync(string id, HttpContext context, JobStore store, TrackStore tracks, Renders renders, string[] stem, string? format = null)
    {
        string user = context.User();
        (JobRecord job, TrackRecord track, IReadOnlyList<Source> stems) = Done(id, user, store, tracks);
        if (stem.Length is 0 or > MostLevels)
        {
            throw Problem.BadRequest($"Expected 1 to {MostLevels} of stem=NAME:GAIN:PAN.");
        }

        StemLevel[] levels = [.. stem.Select(text => Level(text, [.. stems, tracks.Mixture(user, job.TrackId)!]))];
        AudioContainer container = Renders.Container(format ?? "wav");
        (string file, double gain) = await renders.MixAsync(user, levels, track, container, context.RequestAborted);
        context.Response.Headers["X-Descant-Gain"] = gain.ToString("R", CultureInfo.InvariantCulture);
        return Renders.Download(context, file, track.Title, "mix", container);
    }

    private static async Task<IResult> ZipAsync(string id, HttpContext context, JobStore store, TrackStore tracks, Renders renders, string? format = null)
    {
        (_, TrackRecord track, IReadOnlyList<Source> stems) = Done(id, context.User(), store, tracks);
        string file = await renders.ZipAsync(context.User(), stems, track, Renders.Container(format ?? "wav"), context.RequestAborted);
        return Renders.Download(context, file, track.Title, "stems", container: null);
    }

    // Back-pressure: a queue that cannot be worked off in reasonable time takes nothing more.
    private static async Task<IResult> AddAsync(
        string user, JobRecord job, TrackRecord track, JobQueue queue, JobRunner runner, Views views, LibraryUsage usage, EventHub events, QueueAnnouncer announcer,
        ServerOptions options)
    {
        IReadOnlyList<QueueEntry> entries = queue.Entries();
        if (entries.Count >= options.Limits.QueuedJobsOfAll || entries.Count(entry => entry.User == user) >= options.Limits.QueuedJobs)
        {
            throw new Problem(StatusCodes.Status429TooManyRequests, "queue-full", "Too many jobs are waiting; try again when some are done.") { RetryAfterSeconds = 60 };
        }

        usage.CheckRoom(user, LibraryUsage.StemBytes(track, job.Stems.Count));
        job = job with { Turn = queue.NextTurn(user) };
        if (!await queue.AddAsync(user, job))
        {
            // The track's preparation ended after the check, and may have looked for waiting jobs before this one was there.
            await runner.EndHopelessAsync(user, job);
        }

        events.Announce(new Change(user, ChangeKind.Job, job.Id));
        announcer.Signal();
        return Results.Created($"/api/v1/jobs/{job.Id}", views.Job(user, job));
    }

    private static TrackRecord Separable(string id, string user, TrackStore tracks)
    {
        TrackRecord track = tracks.Get(user, id);
        return tracks.Audio(user, id) is { Problem: { } problem } ? throw new Problem(StatusCodes.Status422UnprocessableEntity, problem.Code, problem.Detail) : track;
    }

    private static (JobRecord Job, TrackRecord Track, IReadOnlyList<Source> Stems) Done(string id, string user, JobStore store, TrackStore tracks)
    {
        JobRecord job = store.Get(user, id);
        IReadOnlyList<Source> stems = store.Stems(user, job);
        return stems.Count > 0 ? (job, tracks.Get(user, job.TrackId), stems)
            : throw new Problem(StatusCodes.Status409Conflict, "not-ready", "The job is not done.");
    }

    private static IReadOnlyList<string> Stems(IReadOnlyList<string>? requested, ModelView model)
    {
        string[] wanted = [.. (requested ?? []).Select(stem => stem?.Trim().ToLowerInvariant() ?? "").Distinct()];
        try
        {
            Separation.StemPlan plan = Separation.StemPlan.Create(model.Sources, wanted, mixtureConsistency: true);
            return [.. plan.Written.Select(stem => plan.Stems[stem])];
        }
        catch (ArgumentException)
        {
            throw Unprocessable("unknown-stem", $"Expected stems of {string.Join(", ", model.Stems)} (accompaniment goes with vocals only).");
        }
    }

    private static StemLevel Level(string text, IReadOnlyList<Source> sources)
    {
        string[] parts = text.Split(':');
        if (parts.Length is < 1 or > 3 || sources.FirstOrDefault(source => source.Name == parts[0]) is not { } chosen)
        {
            throw Problem.BadRequest($"Expected stem=NAME:GAIN:PAN with a name of {string.Join(", ", sources.Select(source => source.Name))}.");
        }

        double gain = Number(parts, 1, 1);
        double pan = Number(parts, 2, 0);
        return gain is >= 0 and <= MostGain && pan is >= -1 and <= 1 ? new StemLevel(chosen, gain, pan)
            : throw Problem.BadRequest($"Expected a gain of 0 to {MostGain} and a pan of -1 to 1.");
    }

    private static double Number(string[] parts, int index, double standard) =>
        parts.Length <= index ? standard
        : double.TryParse(parts[index], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
        : throw Problem.BadRequest("Expected numbers for gain and pan.");

    private static string MediaName(string name) => Uploads.MediaProbe.Clean(name);

    private static Problem Unprocessable(string code, string detail) => new(StatusCodes.Status422UnprocessableEntity, code, detail);
}
