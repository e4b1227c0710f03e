using Descant.Web.Events;
using Descant.Web.Jobs;
using Descant.Web.Uploads;

namespace Descant.Web.Library;

/// <summary>Deletes tracks and jobs with everything that belongs to them.</summary>
internal sealed class TrackRemoval(TrackStore tracks, JobStore jobs, UploadStore uploads, JobQueue queue, JobRunner runner, EventHub events, TimeProvider time)
{
    public async Task RemoveAsync(string user, TrackRecord track)
    {
        foreach (JobRecord job in jobs.All(user).Where(job => job.TrackId == track.Id).ToArray())
        {
            await RemoveJobAsync(user, job);
        }

        tracks.Remove(user, track.Id);
        uploads.Remove(user, track.UploadId);
        events.Announce(new Change(user, ChangeKind.Track, track.Id));
    }

    /// <summary>Ends a job where need be, and deletes it.</summary>
    public async Task RemoveJobAsync(string user, JobRecord job)
    {
        await CancelAsync(user, job);
        await queue.RemoveAsync(user, job);
        jobs.Remove(user, job.Id);
        events.Announce(new Change(user, ChangeKind.Job, job.Id));
    }

    /// <summary>Ends a job as cancelled; whoever works on it notices.</summary>
    /// <returns>Whether it had not ended before.</returns>
    public Task<bool> CancelAsync(string user, JobRecord job) => runner.EndAsync(user, job, new OutcomeRecord
    {
        State = JobState.Cancelled,
        Started = jobs.Progress(user, job.Id)?.Started,
        Finished = time.GetUtcNow(),
    });
}
