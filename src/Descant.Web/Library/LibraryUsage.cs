using Descant.Audio;
using Descant.Web.Jobs;
using Descant.Web.Uploads;

namespace Descant.Web.Library;

/// <summary>How much room a user takes, and whether there is more.</summary>
internal sealed class LibraryUsage(DataFolder data, TrackStore tracks, JobStore jobs, UploadStore uploads, ServerOptions options)
{
    /// <summary>Bytes of tracks, stems and unfinished uploads; of what is not decoded or separated yet, what it claims that it will take.</summary>
    public long Bytes(string user) =>
        tracks.All(user).Sum(track => tracks.Audio(user, track.Id)?.Bytes ?? Math.Max(SourceBytes(user, track.Id), MixtureBytes(track)))
        + jobs.All(user).Sum(job => jobs.Outcome(user, job.Id)?.Bytes ?? (tracks.Find(user, job.TrackId) is { } track ? StemBytes(track, job.Stems.Count) : 0))
        + uploads.Open(user).Sum(upload => upload.Size);

    /// <summary>What a track takes once it is decoded, by what its file claims; lossy songs are kept as floats.</summary>
    public static long MixtureBytes(TrackRecord track) =>
        (track.ClaimedSamples ?? 0) * track.Channels * (track.IsLossy ? sizeof(float) : BytesPerSample(track.Format));

    /// <summary>What a track's stems take.</summary>
    public static long StemBytes(TrackRecord track, int stems) => (track.ClaimedSamples ?? 0) * track.Channels * stems * BytesPerSample(track.Format);

    /// <summary>Makes sure that a user may add something.</summary>
    /// <exception cref="Problem">507 where the quota or the disk has no room.</exception>
    public void CheckRoom(string user, long bytes)
    {
        if (options.Limits.QuotaBytes is { } quota && Bytes(user) + bytes > quota)
        {
            throw new Problem(StatusCodes.Status507InsufficientStorage, "quota", $"Your library may hold {quota} bytes; delete something first.");
        }

        CheckDisk(bytes);
    }

    /// <summary>Makes sure that a file for downloading may be made; those that are kept at the moment count.</summary>
    /// <exception cref="Problem">507 where the quota or the disk has no room.</exception>
    public void CheckRoomForRender(string user, long bytes)
    {
        if (options.Limits.QuotaBytes is { } quota && Bytes(user) + RenderBytes(user) + bytes > quota)
        {
            throw new Problem(
                StatusCodes.Status507InsufficientStorage, "quota",
                $"Your library may hold {quota} bytes, files for downloading included; delete something, or wait until those are gone ({Renders.Lifetime.TotalHours} hours).");
        }

        CheckDisk(bytes);
    }

    private static long BytesPerSample(SampleFormat format) => format switch { SampleFormat.Pcm16 => 2, SampleFormat.Pcm24 => 3, _ => sizeof(float) };

    private void CheckDisk(long bytes)
    {
        if (data.FreeBytes() - bytes < options.Limits.FreeBytes)
        {
            throw new Problem(StatusCodes.Status507InsufficientStorage, "quota", Problem.DiskIsFull) { RetryAfterSeconds = 600 };
        }
    }

    private long RenderBytes(string user)
    {
        // Others delete meanwhile: what vanishes is passed over.
        EnumerationOptions everywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };
        return new DirectoryInfo(data.User(user)).EnumerateFiles("*", everywhere)
            .Where(file => file.Directory?.Name == Renders.FolderName).Sum(file => file.Exists ? file.Length : 0);
    }

    private long SourceBytes(string user, string id)
    {
        FileInfo source = new(tracks.SourceFile(user, id));
        return source.Exists ? source.Length : 0;
    }
}
