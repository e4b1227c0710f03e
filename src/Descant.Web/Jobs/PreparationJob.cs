using Descant.Web.Events;
using Descant.Web.Library;
using Descant.Web.Uploads;
using Quartz;

namespace Descant.Web.Jobs;

/// <summary>What Quartz calls to decode an uploaded song.</summary>
internal sealed class PreparationJob(Preparation preparation, JobQueue queue, JobRunner runner, TrackStore tracks, EventHub events, QueueAnnouncer announcer) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        string user = context.MergedJobDataMap.GetString(JobQueue.UserKey)!;
        string id = context.JobDetail.Key.Name;
        await Task.Run(() => preparation.RunAsync(user, id, cancellationToken), cancellationToken);
        events.Announce(new Change(user, ChangeKind.Track, id));
        Failure? problem = tracks.Audio(user, id)?.Problem;
        foreach (JobRecord job in await queue.TrackPreparedAsync(user, id))
        {
            await runner.EndAsync(user, job, runner.Failed(null, problem?.Code ?? "failed", problem?.Detail ?? "The track cannot be read."));
        }

        announcer.Signal();
    }
}
