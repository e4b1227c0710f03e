using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Descant.Web.Library;

namespace Descant.Web.Events;

/// <summary>Tells every open stream of a user what changed, and remembers a while for those that reconnect.</summary>
internal sealed class EventHub(Views views, ServerOptions options)
{
    private const int Remembered = 512;
    private const int MostWaiting = 1024;
    private readonly ConcurrentDictionary<string, UserEvents> _users = new(StringComparer.Ordinal);
    private int _streams;

    /// <summary>Differs between starts of servers: identifiers of events count from its start.</summary>
    public string ServerId { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    public int Streams => _streams;

    /// <summary>Called with every change of this process, so that other servers can be told.</summary>
    public Action<Change>? Relay { get; set; }

    /// <summary>Tells everybody, on all servers.</summary>
    public void Announce(Change change)
    {
        Deliver(change);
        Relay?.Invoke(change);
    }

    /// <summary>Tells the streams of this server.</summary>
    public void Deliver(Change change)
    {
        UserEvents user = _users.GetOrAdd(change.User, _ => new UserEvents());
        lock (user)
        {
            // Looked up in turn: the last event of a thing is never older than an earlier one.
            (string name, object body) = views.Describe(change);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), JsonFiles.Options);
            long number = ++user.Last;
            byte[] text = [.. Encoding.ASCII.GetBytes($"id: {ServerId}-{number}\nevent: {name}\ndata: "), .. json, .. "\n\n"u8];
            user.Recent.Enqueue((number, text));
            if (user.Recent.Count > Remembered)
            {
                user.Recent.Dequeue();
            }

            foreach (Channel<byte[]> stream in user.Streams.Where(stream => !stream.Writer.TryWrite(text)).ToArray())
            {
                stream.Writer.TryComplete(); // too slow: it reconnects and is told what it missed
                user.Streams.Remove(stream);
            }
        }
    }

    /// <summary>Opens a stream.</summary>
    /// <param name="userName">Whose.</param>
    /// <param name="lastEventId">The last event that the client got, or null.</param>
    public Subscription Subscribe(string userName, string? lastEventId)
    {
        if (Interlocked.Increment(ref _streams) > options.Limits.EventStreams)
        {
            Interlocked.Decrement(ref _streams);
            throw Problem.Busy("Too many event streams are open; close some tabs.", retryAfterSeconds: 10);
        }

        UserEvents user = _users.GetOrAdd(userName, _ => new UserEvents());
        Channel<byte[]> channel = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
        lock (user)
        {
            bool knows = lastEventId?.Split('-') is [string server, string number] && server == ServerId && long.TryParse(number, out long last)
                && last <= user.Last && (last == user.Last || (user.Recent.TryPeek(out (long Number, byte[] Text) oldest) && last >= oldest.Number - 1));
            long from = knows ? long.Parse(lastEventId!.Split('-')[1]) : user.Last;
            foreach ((_, byte[] text) in user.Recent.Where(recent => recent.Number > from))
            {
                channel.Writer.TryWrite(text);
            }

            if (user.Streams.Count >= options.Limits.EventStreamsOfUser)
            {
                Interlocked.Decrement(ref _streams);
                throw Problem.Busy("Too many event streams of yours are open; close some tabs.", retryAfterSeconds: 10);
            }

            user.Streams.Add(channel);
            return new Subscription(this, user, channel, knows, $"{ServerId}-{from}");
        }
    }

    /// <summary>Ends all streams and what they could go on from: changes of other servers may have been missed, and clients must look at everything anew.</summary>
    public void Interrupt()
    {
        foreach (UserEvents user in _users.Values)
        {
            lock (user)
            {
                user.Last++;
                user.Recent.Clear();
                user.Streams.ForEach(stream => stream.Writer.TryComplete());
                user.Streams.Clear();
            }
        }
    }

    private void Unsubscribe(UserEvents user, Channel<byte[]> channel)
    {
        Interlocked.Decrement(ref _streams);
        lock (user)
        {
            user.Streams.Remove(channel);
        }
    }

    /// <summary>An open stream.</summary>
    internal sealed class Subscription : IDisposable
    {
        private readonly EventHub _hub;
        private readonly UserEvents _user;
        private readonly Channel<byte[]> _channel;

        public Subscription(EventHub hub, UserEvents user, Channel<byte[]> channel, bool isReplayed, string startId)
        {
            _hub = hub;
            _user = user;
            _channel = channel;
            IsReplayed = isReplayed;
            StartId = startId;
        }

        /// <summary>Whether everything since the client's last event is in the stream.</summary>
        public bool IsReplayed { get; }

        /// <summary>The event before the first of the stream.</summary>
        public string StartId { get; }

        public ChannelReader<byte[]> Events => _channel.Reader;

        public void Dispose() => _hub.Unsubscribe(_user, _channel);
    }

    /// <summary>What one user was told lately, and who listens.</summary>
    internal sealed class UserEvents
    {
        public Queue<(long Number, byte[] Text)> Recent { get; } = [];

        public List<Channel<byte[]>> Streams { get; } = [];

        public long Last { get; set; }
    }
}
