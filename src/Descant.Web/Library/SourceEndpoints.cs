using System.Buffers;
using System.Buffers.Binary;
using Descant.Audio;
using Descant.Web.Jobs;
using Descant.Web.Security;

namespace Descant.Web.Library;

/// <summary>Mixtures and stems: their peaks, stretches of their samples, and whole files.</summary>
internal static class SourceEndpoints
{
    private const int BlockSamples = 1 << 14;
    private const string Immutable = "private, max-age=31536000, immutable";

    public static void MapSources(this RouteGroupBuilder api)
    {
        Map(api.MapGroup("/tracks/{id}/mixture").WithTags("Audio"), (context, id, _) => Mixture(context, id));
        Map(api.MapGroup("/jobs/{id}/stems/{stem}").WithTags("Audio"), (context, id, stem) => Stem(context, id, stem!));
    }

    private static void Map(RouteGroupBuilder group, Func<HttpContext, string, string?, (Source Source, TrackRecord Track)> find)
    {
        group.MapGet("/peaks", (HttpContext context, string id, string? stem, int samplesPerPeak, int? from, int? count) =>
            Peaks(context, find(context, id, stem).Source, samplesPerPeak, from ?? 0, count))
            .WithSummary("Lowest and highest sample of every stretch, as signed bytes or JSON.").Produces<Stream>(StatusCodes.Status200OK, "application/octet-stream", "application/json");
        group.MapGet("/audio", (HttpContext context, string id, string? stem, long from, int count, string? format, ServerOptions options) =>
            AudioAsync(context, find(context, id, stem).Source, from, count, format ?? "pcm16", options.Limits))
            .WithSummary("Exactly the samples from … to from + count.").Produces<Stream>(StatusCodes.Status200OK, "application/octet-stream");
        group.MapMethods("/file", [HttpMethods.Get, HttpMethods.Head], (HttpContext context, string id, string? stem, string? format, Renders renders) =>
        {
            (Source source, TrackRecord track) = find(context, id, stem);
            return FileAsync(context, source, track, format ?? "wav", renders);
        }).WithSummary("The whole file, as wav, flac or mp3.").Produces<Stream>(StatusCodes.Status200OK, "audio/wav", "audio/flac", "audio/mpeg");
    }

    private static (Source Source, TrackRecord Track) Mixture(HttpContext context, string id)
    {
        TrackStore tracks = context.RequestServices.GetRequiredService<TrackStore>();
        TrackRecord track = tracks.Get(context.User(), id);
        return (tracks.Mixture(context.User(), id)
            ?? throw new Problem(StatusCodes.Status409Conflict, "not-ready", "The track is not decoded yet, or could not be."), track);
    }

    private static (Source Source, TrackRecord Track) Stem(HttpContext context, string id, string stem)
    {
        JobStore jobs = context.RequestServices.GetRequiredService<JobStore>();
        JobRecord job = jobs.Get(context.User(), id);
        TrackRecord track = context.RequestServices.GetRequiredService<TrackStore>().Get(context.User(), job.TrackId);
        if (!job.Stems.Contains(stem))
        {
            throw Problem.NotFound("stem");
        }

        return (jobs.Stems(context.User(), job).FirstOrDefault(source => source.Name == stem)
            ?? throw new Problem(StatusCodes.Status409Conflict, "not-ready", "The job is not done."), track);
    }

    private static IResult Peaks(HttpContext context, Source source, int samplesPerPeak, int from, int? count)
    {
        if (!Library.Peaks.Levels.Contains(samplesPerPeak))
        {
            throw Problem.BadRequest($"Expected samplesPerPeak of {string.Join(", ", Library.Peaks.Levels)}.");
        }

        int available = Library.Peaks.Count(source.Samples, samplesPerPeak);
        if (from < 0 || from > available || count < 0)
        {
            throw OutOfRange(available, "peaks");
        }

        byte[] pairs = new byte[2 * Math.Min(count ?? available, available - from)];
        using (FileStream file = new(source.PeaksFile, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1))
        {
            file.Position = Library.Peaks.Offset(source.Samples, samplesPerPeak) + (2L * from);
            file.ReadExactly(pairs);
        }

        context.Response.Headers.CacheControl = Immutable;
        context.Response.Headers.Vary = "Accept";
        return context.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal)
            ? Results.Json(new { samplesPerPeak, from, peaks = pairs.Select(value => (int)(sbyte)value) })
            : Results.Bytes(pairs, "application/octet-stream");
    }

    private static async Task AudioAsync(HttpContext context, Source source, long from, int count, string format, Limits limits)
    {
        if (format is not ("pcm16" or "wav"))
        {
            throw Problem.BadRequest($"Expected the format pcm16 or wav, got {AudioReader.OneLine(format)}.");
        }

        if (count < 1 || count > limits.AudioSamples)
        {
            throw Problem.BadRequest($"Expected a count of 1 to {limits.AudioSamples} samples.");
        }

        if (from < 0 || from >= source.Samples)
        {
            throw OutOfRange(source.Samples, "samples");
        }

        count = (int)Math.Min(count, source.Samples - from);
        HttpResponse response = context.Response;
        string tag = $"\"{from}-{count}-{format}\"";
        response.Headers.ETag = tag;
        response.Headers.CacheControl = Immutable;
        response.Headers["X-Sample-Rate"] = source.SampleRate.ToString();
        response.Headers["X-Channels"] = source.Channels.ToString();
        response.Headers["X-First-Sample"] = from.ToString();
        response.Headers["X-Samples"] = count.ToString();
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        int block = source.Channels * sizeof(short);
        byte[] head = format == "wav" ? WavHead(source, count) : [];
        response.ContentType = format == "wav" ? "audio/wav" : "application/octet-stream";
        response.ContentLength = head.Length + ((long)count * block);
        await response.Body.WriteAsync(head, context.RequestAborted);
        using WavReader reader = WavReader.Open(new FileStream(source.File, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1), source.Name);
        reader.Seek(from);
        float[][] samples = [.. Enumerable.Range(0, source.Channels).Select(_ => new float[BlockSamples])];
        byte[] bytes = ArrayPool<byte>.Shared.Rent(BlockSamples * block);
        try
        {
            while (count > 0 && reader.Read(samples, 0, Math.Min(BlockSamples, count)) is > 0 and int read)
            {
                PcmConversion.Interleave(samples, 0, read, SampleFormat.Pcm16, bytes.AsSpan(0, read * block));
                await response.Body.WriteAsync(bytes.AsMemory(0, read * block), context.RequestAborted);
                count -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static async Task<IResult> FileAsync(HttpContext context, Source source, TrackRecord track, string format, Renders renders)
    {
        string file = await renders.SourceAsync(context.User(), source, track, Renders.Container(format), context.RequestAborted);
        return Renders.Download(context, file, track.Title, source.Name, Renders.Container(format));
    }

    // 44 bytes of RIFF, 16-bit PCM.
    private static byte[] WavHead(Source source, int count)
    {
        int block = source.Channels * sizeof(short);
        byte[] head = new byte[44];
        Span<byte> rest = head;
        "RIFF"u8.CopyTo(rest);
        BinaryPrimitives.WriteInt32LittleEndian(rest[4..], 36 + (count * block));
        "WAVEfmt "u8.CopyTo(rest[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(rest[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(rest[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(rest[22..], (short)source.Channels);
        BinaryPrimitives.WriteInt32LittleEndian(rest[24..], source.SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(rest[28..], source.SampleRate * block);
        BinaryPrimitives.WriteInt16LittleEndian(rest[32..], (short)block);
        BinaryPrimitives.WriteInt16LittleEndian(rest[34..], 16);
        "data"u8.CopyTo(rest[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(rest[40..], count * block);
        return head;
    }

    private static Problem OutOfRange(long available, string what) =>
        new(StatusCodes.Status416RangeNotSatisfiable, "range", $"There are {available} {what}.") { Facts = new Dictionary<string, object?> { ["available"] = available } };
}
