using Descant.Web.Library;

namespace Descant.Web.Uploads;

/// <summary>Makes a track of a complete upload; called again, it finds the same track, wherever the first call was killed.</summary>
internal sealed class Finishing(DataFolder data, UploadStore uploads, TrackStore tracks, MediaProbe probe, TimeProvider time) : IDisposable
{
    // Programs that look at files are many processes when many uploads end at once.
    private readonly SemaphoreSlim _turns = new(Math.Max(2, Environment.ProcessorCount));

    /// <summary>Makes or finds the track.</summary>
    /// <exception cref="Problem">The file is refused; the upload is deleted.</exception>
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
            try
            {
                track = await probe.DescribeAsync(File.Exists(received) ? received : source, id, upload, time.GetUtcNow(), cancellation);
            }
            catch (Problem)
            {
                uploads.Remove(user, upload.Id);
                throw;
            }

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
