using System.Threading.Channels;
using Npgsql;

namespace Descant.Web.Events;

/// <summary>Carries changes between servers and workers through PostgreSQL's NOTIFY; only that something changed, never what.</summary>
internal sealed partial class PostgresRelay(EventHub events, ServerOptions options, ILogger<PostgresRelay> log) : BackgroundService
{
    private const string ChannelName = "descant_changes";
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(2);
    private readonly Channel<Change> _outgoing = Channel.CreateBounded<Change>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest });
    private Change? _unsent;
    private bool _hasListened;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        events.Relay = change => _outgoing.Writer.TryWrite(change);
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(AgainAsync(ListenAsync, stoppingToken), AgainAsync(SendAsync, stoppingToken));

    private async Task AgainAsync(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await work(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is NpgsqlException or IOException or TimeoutException)
            {
                LogBroken(error.Message);
                await Task.Delay(s_retry, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        await using NpgsqlConnection connection = new(options.Postgres);
        connection.Notification += (_, note) => Receive(note.Payload);
        await connection.OpenAsync(stop);
        await using (NpgsqlCommand listen = new($"LISTEN {ChannelName}", connection))
        {
            await listen.ExecuteNonQueryAsync(stop);
        }

        if (_hasListened)
        {
            events.Interrupt(); // nobody told us what happened meanwhile
        }

        _hasListened = true;

        while (true)
        {
            await connection.WaitAsync(stop);
        }
    }

    private async Task SendAsync(CancellationToken stop)
    {
        await using NpgsqlConnection connection = new(options.Postgres);
        await connection.OpenAsync(stop);
        while (true)
        {
            Change change = _unsent ??= await _outgoing.Reader.ReadAsync(stop); // kept where sending fails
            await using NpgsqlCommand notify = new("SELECT pg_notify($1, $2)", connection)
            {
                Parameters = { new() { Value = ChannelName }, new() { Value = $"{events.ServerId} {change.Kind} {change.Id} {change.User}" } },
            };
            await notify.ExecuteNonQueryAsync(stop);
            _unsent = null;
        }
    }

    private void Receive(string payload)
    {
        if (payload.Split(' ', 4) is [string server, string kind, string id, string user] && server != events.ServerId && Enum.TryParse(kind, out ChangeKind known))
        {
            events.Deliver(new Change(user, known, id));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL does not answer, trying again: {Reason}")]
    private partial void LogBroken(string reason);
}
