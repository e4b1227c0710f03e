using Descant.Web.Library;

namespace Descant.Web.Uploads;

/// <summary>Makes a track of a complete upload; called again, it finds the same track, wherever the first call was killed.</summary>
internal sealed class Finishing(DataFolder data, UploadStore uploads, TrackStore tracks, MediaProbe probe, LibraryUsage usage, TimeProvider time) : IDisposable
{
    // Programs that look at files are many processes when many uploads end at once.
    private readonly SemaphoreSlim _turns = new(Math.Max(2, Environment.ProcessorCount));

    /// <summary>Makes or finds the track.</summary>
    /// <exception cref="Problem">The file is refused, and the upload deleted; or there is no room or time for it now (5xx), and the upload stays.</exception>
    public async Task<TrackRecord> FinishAsync(string user, UploadView upload, CancellationToken cancellation)
    {
        string id = uploads.TrackId(user, upload.Id);
        await _turns.WaitAsync(cancellation);
        try
        {
            if (tracks.Find(user, id) is { } known)
            {
                return known;
            }

            // 1. Look while the file is still an upload. 2. Move it. 3. The record makes it a track. Killed after 2, the upload
            // lacks its data, and its source is found in the track's folder.
            string received = uploads.DataFile(user, upload.Id);
            string source = tracks.SourceFile(user, id);
            TrackRecord track;
            string file = File.Exists(received) ? received : source;
            try
            {
                track = await probe.DescribeAsync(file, id, upload, time.GetUtcNow(), cancellation);
            }
            catch (Problem problem) when (problem.Status < StatusCodes.Status500InternalServerError)
            {
                // What is refused may only be gone: another call moved it meanwhile, or had even finished.
                if (tracks.Find(user, id) is { } made)
                {
                    return made;
                }

                if (file == source || File.Exists(received) || !File.Exists(source))
                {
                    uploads.Remove(user, upload.Id);
                    throw;
                }

                track = await probe.DescribeAsync(source, id, upload, time.GetUtcNow(), cancellation);
            }

            usage.CheckRoom(user, LibraryUsage.MixtureBytes(track));
            Directory.CreateDirectory(data.Track(user, id));
            try
            {
                File.Move(received, source, overwrite: true);
            }
            catch (FileNotFoundException) when (File.Exists(source))
            {
                // Another call, or one before a crash, moved it.
            }

            tracks.Write(user, track);
            return track;
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();
}
