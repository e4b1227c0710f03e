using Descant.Web.Events;
using Descant.Web.Uploads;
using Quartz;

namespace Descant.Web.Jobs;

/// <summary>What Quartz calls to decode an uploaded song.</summary>
internal sealed class PreparationJob(Preparation preparation, JobQueue queue, JobRunner runner, EventHub events, QueueAnnouncer announcer) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        string user = context.MergedJobDataMap.GetString(JobQueue.UserKey)!;
        string id = context.JobDetail.Key.Name;
        await Task.Run(() => preparation.RunAsync(user, id, cancellationToken), cancellationToken);
        events.Announce(new Change(user, ChangeKind.Track, id));
        foreach (JobRecord job in await queue.TrackPreparedAsync(user, id))
        {
            await runner.EndHopelessAsync(user, job);
        }

        announcer.Signal();
    }
}
