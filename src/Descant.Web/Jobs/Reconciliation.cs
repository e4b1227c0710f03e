using Descant.Web.Events;
using Quartz;

namespace Descant.Web.Jobs;

/// <summary>At start, and now and then, gives Quartz the work that only the folders know of: no job is lost, whatever died when.</summary>
internal sealed partial class Reconciliation(JobQueue queue, JobRunner runner, QueueAnnouncer announcer, ServerOptions options, ILogger<Reconciliation> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReconcileAsync(isAlone: options.Postgres is null);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_interval, stoppingToken);
                try
                {
                    await ReconcileAsync(isAlone: false);
                    announcer.Signal();
                }
                catch (Exception error) when (error is IOException or SchedulerException or UnauthorizedAccessException)
                {
                    LogFailed(error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task ReconcileAsync(bool isAlone)
    {
        foreach ((string user, JobRecord job) in await queue.ReconcileAsync(isAlone))
        {
            await runner.EndHopelessAsync(user, job);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "looking for lost jobs failed; it is tried again")]
    private partial void LogFailed(Exception error);
}
