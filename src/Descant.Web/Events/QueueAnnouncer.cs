using System.Threading.Channels;
using Descant.Web.Jobs;

namespace Descant.Web.Events;

/// <summary>Tells waiting jobs their new places after the queue changed, not more often than twice a second.</summary>
internal sealed partial class QueueAnnouncer(JobQueue queue, EventHub events, ILogger<QueueAnnouncer> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, int> _told = [];

    /// <summary>The queue changed.</summary>
    public void Signal() => _signal.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await _signal.Reader.ReadAsync(stoppingToken);
                await Task.Delay(s_interval, stoppingToken);
                try
                {
                    Tell();
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
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

    private void Tell()
    {
        IReadOnlyDictionary<string, int> places = queue.Positions();
        foreach (QueueEntry entry in queue.Entries())
        {
            if (places.TryGetValue(entry.JobId, out int place) && _told.GetValueOrDefault(entry.JobId) != place)
            {
                events.Announce(new Change(entry.User, ChangeKind.Job, entry.JobId));
                _told[entry.JobId] = place;
            }
        }

        foreach (string gone in _told.Keys.Where(id => !places.ContainsKey(id)).ToArray())
        {
            _told.Remove(gone);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "telling jobs their places failed; it is tried again after the next change")]
    private partial void LogFailed(Exception error);
}
