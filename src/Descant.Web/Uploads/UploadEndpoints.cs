using Descant.Audio;
using Descant.Web.Events;
using Descant.Web.Jobs;
using Descant.Web.Library;
using Descant.Web.Operations;
using Descant.Web.Security;
using Microsoft.AspNetCore.Http.Features;

namespace Descant.Web.Uploads;

/// <summary>Files that arrive in chunks, and can go on after anything breaks.</summary>
internal static class UploadEndpoints
{
    private const string OffsetHeader = "Upload-Offset";
    private const string LengthHeader = "Upload-Length";
    private const string ChunkType = "application/offset+octet-stream";
    private const int KeyCharacters = 128;
    private const int NameCharacters = 255;

    public static void MapUploads(this RouteGroupBuilder api)
    {
        RouteGroupBuilder uploads = api.MapGroup("/uploads").WithTags("Uploads");
        uploads.MapPost("", Create).WithSummary("Announces a file; the same Idempotency-Key finds the same upload.").Produces<UploadView>(StatusCodes.Status201Created).Produces<UploadView>();
        uploads.MapGet("", List).WithSummary("Unfinished uploads.");
        uploads.MapGet("/{id}", Get).WithSummary("How far an upload is.");
        uploads.MapMethods("/{id}", [HttpMethods.Head], Head).WithSummary("How far an upload is, as headers.");
        uploads.MapPatch("/{id}", AppendAsync).WithSummary("Appends a chunk at Upload-Offset.").Accepts<byte[]>(ChunkType).Produces(StatusCodes.Status204NoContent);
        uploads.MapPost("/{id}/finish", FinishAsync).WithSummary("Makes a track of a complete upload.").Produces<TrackView>(StatusCodes.Status201Created).Produces<TrackView>();
        uploads.MapDelete("/{id}", Delete).WithSummary("Gives an upload up.").Produces(StatusCodes.Status204NoContent);
    }

    private static IResult Create(UploadRequest request, HttpContext context, UploadStore store, LibraryUsage usage, EventHub events, ServerOptions options)
    {
        string key = context.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length is 0 or > KeyCharacters || key.Any(character => character is < '!' or > '~'))
        {
            throw Problem.BadRequest($"Expected an Idempotency-Key header of 1 to {KeyCharacters} visible ASCII characters.");
        }

        if (request.Size is not (> 0 and { } size))
        {
            throw Problem.BadRequest("Expected a size of at least 1 byte.");
        }

        string name = AudioReader.OneLine(request.Name ?? "");
        if (name.Length is 0 or > NameCharacters)
        {
            throw Problem.BadRequest($"Expected a name of 1 to {NameCharacters} characters.");
        }

        if (size > options.Limits.UploadBytes)
        {
            throw new Problem(StatusCodes.Status413PayloadTooLarge, "too-large", $"The file has {size} bytes; at most {options.Limits.UploadBytes} are taken.");
        }

        string user = context.User();
        if (!store.IsKnown(user, key))
        {
            if (store.Open(user).Count >= options.Limits.OpenUploads)
            {
                throw new Problem(StatusCodes.Status429TooManyRequests, "too-many-uploads", $"At most {options.Limits.OpenUploads} uploads may be open; finish or delete some.") { RetryAfterSeconds = 30 };
            }

            usage.CheckRoom(user, size);
        }

        (UploadView upload, bool isNew) = store.Create(user, key, name, size);
        events.Announce(new Change(user, ChangeKind.Upload, upload.Id));
        return isNew ? Results.Created($"/api/v1/uploads/{upload.Id}", upload) : Results.Ok(upload);
    }

    private static IReadOnlyList<UploadView> List(HttpContext context, UploadStore store) => store.Open(context.User());

    private static UploadView Get(string id, HttpContext context, UploadStore store) => Find(id, context, store);

    private static IResult Head(string id, HttpContext context, UploadStore store)
    {
        UploadView upload = Find(id, context, store);
        context.Response.Headers[OffsetHeader] = upload.Offset.ToString();
        context.Response.Headers[LengthHeader] = upload.Size.ToString();
        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok();
    }

    private static async Task<IResult> AppendAsync(string id, HttpContext context, UploadStore store, EventHub events, ServerMetrics metrics, ServerOptions options)
    {
        HttpRequest request = context.Request;
        if (request.ContentType != ChunkType)
        {
            throw new Problem(StatusCodes.Status415UnsupportedMediaType, "bad-request", $"Expected Content-Type {ChunkType}.");
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new Problem(StatusCodes.Status415UnsupportedMediaType, "bad-request", "Send the bytes as they are, without Content-Encoding.");
        }

        if (!long.TryParse(request.Headers[OffsetHeader], System.Globalization.NumberStyles.None, null, out long offset))
        {
            throw Problem.BadRequest($"Expected the header {OffsetHeader} with the byte that the chunk starts at.");
        }

        UploadView upload = Find(id, context, store);
        if (upload.Offset == upload.Size)
        {
            throw new Problem(StatusCodes.Status409Conflict, "finished", "All bytes are there.");
        }

        if (request.ContentLength > options.Limits.ChunkBytes)
        {
            throw new Problem(StatusCodes.Status413PayloadTooLarge, "too-large", $"Expected at most {options.Limits.ChunkBytes} bytes in one request.");
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = options.Limits.ChunkBytes;
        }

        long end = await store.AppendAsync(context.User(), upload, offset, request.Body, context.RequestAborted);
        metrics.Received(end - offset);
        events.Announce(new Change(context.User(), ChangeKind.Upload, id));
        context.Response.Headers[OffsetHeader] = end.ToString();
        return Results.NoContent();
    }

    private static async Task<IResult> FinishAsync(
        string id, HttpContext context, UploadStore store, Finishing finishing, Views views, EventHub events, JobQueue queue, ServerMetrics metrics)
    {
        string user = context.User();
        UploadView upload = Find(id, context, store);
        if (upload.Offset != upload.Size)
        {
            throw new Problem(StatusCodes.Status409Conflict, "incomplete", $"{upload.Offset} of {upload.Size} bytes are there.") { Facts = new Dictionary<string, object?> { ["offset"] = upload.Offset } };
        }

        bool isNew = upload.TrackId is null;
        TrackRecord track;
        try
        {
            track = await finishing.FinishAsync(user, upload, context.RequestAborted);
        }
        catch (Problem)
        {
            metrics.UploadFinished(isAccepted: false);
            events.Announce(new Change(user, ChangeKind.Upload, id));
            throw;
        }

        if (isNew)
        {
            metrics.UploadFinished(isAccepted: true);
            events.Announce(new Change(user, ChangeKind.Track, track.Id));
            events.Announce(new Change(user, ChangeKind.Upload, id));
            await queue.PrepareAsync(user, track.Id);
        }

        TrackView view = views.WithJobs(user, [track])[0];
        return isNew ? Results.Created($"/api/v1/tracks/{track.Id}", view) : Results.Ok(view);
    }

    private static IResult Delete(string id, HttpContext context, UploadStore store, EventHub events)
    {
        Find(id, context, store);
        store.Remove(context.User(), id);
        events.Announce(new Change(context.User(), ChangeKind.Upload, id));
        return Results.NoContent();
    }

    private static UploadView Find(string id, HttpContext context, UploadStore store) => store.Find(context.User(), id) ?? throw Problem.NotFound("upload");
}
