using Quartz;

namespace Descant.Web.Jobs;

/// <summary>What Quartz calls to separate a song; it calls again, here or elsewhere, when the process dies meanwhile.</summary>
internal sealed class SeparationJob(JobRunner runner) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await runner.RunAsync(context.MergedJobDataMap.GetString(JobQueue.UserKey)!, context.JobDetail.Key.Name, cancellationToken);
}
