using Descant.Audio;
using Descant.Web.Events;
using Descant.Web.Jobs;
using Descant.Web.Uploads;

namespace Descant.Web.Library;

/// <summary>Deletes what has expired, and what killed processes left behind.</summary>
internal sealed partial class Retention(
    DataFolder data, TrackStore tracks, JobStore jobs, UploadStore uploads, TrackRemoval removal, EventHub events, TimeProvider time, ILogger<Retention> log)
{
    /// <summary>Age from which a nameless leftover cannot be somebody's work any more.</summary>
    private static readonly TimeSpan s_leftover = TimeSpan.FromHours(24);

    public async Task SweepAsync(CancellationToken cancellation)
    {
        int expired = 0;
        foreach (string user in data.AllUsers())
        {
            foreach (TrackRecord track in tracks.All(user).Where(track => track.Expires < time.GetUtcNow()).ToArray())
            {
                cancellation.ThrowIfCancellationRequested();
                await removal.RemoveAsync(user, track);
                expired++;
            }

            foreach (string upload in uploads.RemoveStale(user))
            {
                events.Announce(new Change(user, ChangeKind.Upload, upload));
            }

            // A track's folder without its record: the upload was never finished after the move.
            foreach (string id in DataFolder.Identifiers(data.Tracks(user)).Where(id => tracks.Find(user, id) is null && IsOld(data.Track(user, id))))
            {
                tracks.Remove(user, id);
            }

            // A job's folder without its record: somebody still wrote into it when it was deleted.
            foreach (string id in DataFolder.Identifiers(data.Jobs(user)).Where(id => jobs.Find(user, id) is null && IsOld(data.Job(user, id))))
            {
                jobs.Remove(user, id);
            }
        }

        // Others delete meanwhile: what vanishes is passed over.
        EnumerationOptions everywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        foreach (string folder in Directory.EnumerateDirectories(data.Users, ".gone-*", everywhere).ToArray())
        {
            DataFolder.DeleteTree(folder);
        }

        foreach (string file in Directory.EnumerateFiles(data.Users, PendingFile.TemporaryPrefix + "*", everywhere).Where(IsOld).ToArray())
        {
            Delete(file);
        }

        foreach (string folder in Directory.EnumerateDirectories(data.Users, Renders.FolderName, everywhere).ToArray())
        {
            foreach (string file in Directory.EnumerateFiles(folder).Where(file => File.GetLastAccessTimeUtc(file) + Renders.Lifetime < time.GetUtcNow()).ToArray())
            {
                Delete(file);
            }
        }

        if (expired > 0)
        {
            LogExpired(expired);
        }
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (DirectoryNotFoundException)
        {
            // Its folder is gone too.
        }
    }

    private bool IsOld(string path) => Directory.GetLastWriteTimeUtc(path) + s_leftover < time.GetUtcNow();

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} expired tracks were deleted")]
    private partial void LogExpired(int count);
}
