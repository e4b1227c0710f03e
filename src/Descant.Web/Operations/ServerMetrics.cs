using System.Diagnostics.Metrics;
using Descant.Web.Jobs;

namespace Descant.Web.Operations;

/// <summary>What the server counts and measures, under the meter <c>Descant.Web</c>; any collector can listen.</summary>
internal sealed class ServerMetrics
{
    public const string MeterName = "Descant.Web";
    private readonly Counter<long> _jobs;
    private readonly Counter<double> _songSeconds;
    private readonly Histogram<double> _separationSeconds;
    private readonly Counter<long> _uploadBytes;
    private readonly Counter<long> _uploads;
    private readonly Meter _meter;

    public ServerMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _jobs = _meter.CreateCounter<long>("descant.jobs.ended", "{job}", "Jobs that ended, by state.");
        _songSeconds = _meter.CreateCounter<double>("descant.songs.separated", "s", "Length of the songs that were separated.");
        _separationSeconds = _meter.CreateHistogram<double>("descant.separation.duration", "s", "Time that separating a song took.");
        _uploadBytes = _meter.CreateCounter<long>("descant.uploads.received", "By", "Bytes of uploads that arrived.");
        _uploads = _meter.CreateCounter<long>("descant.uploads.finished", "{upload}", "Uploads that became tracks, or were refused.");
    }

    /// <summary>Watches values that others keep.</summary>
    public void Observe(Func<int> queued, Func<int> streams)
    {
        _meter.CreateObservableGauge("descant.jobs.waiting", queued, "{job}", "Jobs that wait for their turn.");
        _meter.CreateObservableGauge("descant.events.streams", streams, "{stream}", "Event streams that are open.");
    }

    public void JobEnded(OutcomeRecord outcome) => _jobs.Add(1, new KeyValuePair<string, object?>("state", outcome.State.ToString().ToLowerInvariant()));

    public void SongSeparated(double songSeconds, TimeSpan took)
    {
        _songSeconds.Add(songSeconds);
        _separationSeconds.Record(took.TotalSeconds);
    }

    public void Received(long bytes) => _uploadBytes.Add(bytes);

    public void UploadFinished(bool isAccepted) => _uploads.Add(1, new KeyValuePair<string, object?>("accepted", isAccepted ? "true" : "false"));
}
