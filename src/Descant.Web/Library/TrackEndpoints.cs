using Descant.Web.Events;
using Descant.Web.Jobs;
using Descant.Web.Security;
using Descant.Web.Uploads;

namespace Descant.Web.Library;

/// <summary>A page of a list.</summary>
internal sealed record PageView<T>(IReadOnlyList<T> Items, int Total, int Page, int PageSize)
{
    /// <summary>Items on earlier pages; a page beyond all counting lies behind every item.</summary>
    public static int Before(int page, int pageSize) => (int)Math.Min((page - 1L) * pageSize, int.MaxValue);
}

/// <summary>What may be changed about a track; what is null stays.</summary>
internal sealed record TrackChange(string? Title, string? Artist, string? Album, DateTimeOffset? Expires);

/// <summary>The library.</summary>
internal static class TrackEndpoints
{
    private const int MostPerPage = 200;

    public static void MapTracks(this RouteGroupBuilder api)
    {
        RouteGroupBuilder tracks = api.MapGroup("/tracks").WithTags("Tracks");
        tracks.MapGet("", List).WithSummary("Searches and pages through the library.");
        tracks.MapGet("/{id}", Get).WithSummary("A track with its jobs.");
        tracks.MapPatch("/{id}", Change).WithSummary("Renames a track, or changes when it expires.");
        tracks.MapDelete("/{id}", DeleteAsync).WithSummary("Deletes a track with its jobs and stems.").Produces(StatusCodes.Status204NoContent);
    }

    private static PageView<TrackView> List(
        HttpContext context, TrackStore store, Views views, string? search = null, string? sort = null, string? order = null, int page = 1, int pageSize = 50)
    {
        if (page < 1 || pageSize is < 1 or > MostPerPage)
        {
            throw Problem.BadRequest($"Expected a page from 1 and a pageSize of 1 to {MostPerPage}.");
        }

        string user = context.User();
        IEnumerable<TrackRecord> found = store.All(user);
        if (search?.Trim() is { Length: > 0 } text)
        {
            found = found.Where(track => new[] { track.Title, track.Artist, track.Album, track.Name }.Any(field => field?.Contains(text, StringComparison.OrdinalIgnoreCase) == true));
        }

        Func<TrackRecord, object?> key = (sort ?? "created") switch
        {
            "created" => track => track.Created,
            "title" => track => track.Title.ToUpperInvariant(),
            "artist" => track => (track.Artist ?? "").ToUpperInvariant(),
            "duration" => track => (track.ClaimedSamples ?? 0) / (double)track.SampleRate,
            "expires" => track => track.Expires ?? DateTimeOffset.MaxValue,
            _ => throw Problem.BadRequest("Expected sort=created, title, artist, duration or expires."),
        };
        bool isDescending = (order ?? (sort is null or "created" ? "desc" : "asc")) switch
        {
            "asc" => false,
            "desc" => true,
            _ => throw Problem.BadRequest("Expected order=asc or desc."),
        };
        TrackRecord[] all = [.. (isDescending ? found.OrderByDescending(key) : found.OrderBy(key)).ThenBy(track => track.Id, StringComparer.Ordinal)];
        return new PageView<TrackView>(views.WithJobs(user, all.Skip(PageView<TrackView>.Before(page, pageSize)).Take(pageSize)), all.Length, page, pageSize);
    }

    private static TrackView Get(string id, HttpContext context, TrackStore store, Views views) =>
        views.WithJobs(context.User(), [store.Get(context.User(), id)])[0];

    private static TrackView Change(string id, TrackChange change, HttpContext context, TrackStore store, Views views, EventHub events, ServerOptions options, TimeProvider time)
    {
        string user = context.User();
        TrackRecord track = store.Get(user, id);
        if (change.Title is not null && MediaProbe.Clean(change.Title).Length == 0)
        {
            throw Problem.BadRequest("Expected a title.");
        }

        if (change.Expires is { } expires && (expires < time.GetUtcNow() || expires > time.GetUtcNow() + (options.Keep ?? TimeSpan.FromDays(36500))))
        {
            throw Problem.BadRequest("Expected expires to be in the future, and not later than the server keeps tracks.");
        }

        track = track with
        {
            Title = Text(change.Title) ?? track.Title,
            Artist = change.Artist is null ? track.Artist : Text(change.Artist),
            Album = change.Album is null ? track.Album : Text(change.Album),
            Expires = change.Expires ?? track.Expires,
        };
        store.Write(user, track);
        events.Announce(new Change(user, ChangeKind.Track, id));
        return views.WithJobs(user, [track])[0];

        static string? Text(string? value) => value is not null && MediaProbe.Clean(value) is { Length: > 0 } text ? text : null;
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, TrackStore store, TrackRemoval removal)
    {
        await removal.RemoveAsync(context.User(), store.Get(context.User(), id));
        return Results.NoContent();
    }
}
