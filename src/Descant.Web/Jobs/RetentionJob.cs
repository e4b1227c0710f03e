using Descant.Web.Library;
using Quartz;

namespace Descant.Web.Jobs;

/// <summary>What Quartz calls every few minutes, on one machine of a cluster.</summary>
[DisallowConcurrentExecution]
internal sealed class RetentionJob(Retention retention) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await retention.SweepAsync(cancellationToken);
}
