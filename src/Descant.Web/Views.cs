using Descant.Web.Events;
using Descant.Web.Jobs;
using Descant.Web.Library;
using Descant.Web.Uploads;

namespace Descant.Web;

/// <summary>One resolution of a drawn signal.</summary>
internal sealed record PeaksView(int SamplesPerPeak, int Count);

/// <summary>A mixture or stem as clients see it.</summary>
internal sealed record SourceView(string Name, string Url, long Samples, int SampleRate, int Channels, IReadOnlyList<PeaksView> Peaks);

/// <summary>A job as clients see it.</summary>
internal sealed record JobView
{
    public required string Id { get; init; }

    public required string TrackId { get; init; }

    public required string TrackTitle { get; init; }

    public required string Model { get; init; }

    public required IReadOnlyList<string> StemNames { get; init; }

    public required JobOptions Options { get; init; }

    public required JobState State { get; init; }

    public JobStage? Stage { get; init; }

    public required double Fraction { get; init; }

    public double? SecondsLeft { get; init; }

    public int? Position { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Finished { get; init; }

    public Failure? Problem { get; init; }

    public required double Gain { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<SourceView> Stems { get; init; }

    public required long Bytes { get; init; }

    public string? RetryOf { get; init; }
}

/// <summary>Whether a track can be played.</summary>
internal enum TrackState
{
    Preparing,
    Ready,
    Failed,
}

/// <summary>A track as clients see it.</summary>
internal sealed record TrackView
{
    public required string Id { get; init; }

    public required TrackState State { get; init; }

    public Failure? Problem { get; init; }

    public required string Name { get; init; }

    public required string Title { get; init; }

    public string? Artist { get; init; }

    public string? Album { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public double? DurationSeconds { get; init; }

    public long? Samples { get; init; }

    public required int SampleRate { get; init; }

    public required int Channels { get; init; }

    public required long Bytes { get; init; }

    public required string Codec { get; init; }

    public required bool IsLossy { get; init; }

    public SourceView? Mixture { get; init; }

    /// <summary>Newest first; null where jobs are told of separately.</summary>
    public IReadOnlyList<JobView>? Jobs { get; init; }
}

/// <summary>Shows what is on disk the way that clients see it.</summary>
internal sealed class Views(TrackStore tracks, JobStore jobs, JobQueue queue, UploadStore uploads)
{
    /// <summary>An event's name and body.</summary>
    public (string Name, object Body) Describe(Change change) => change.Kind switch
    {
        ChangeKind.Job => jobs.Find(change.User, change.Id) is { } job ? ("job", Job(change.User, job)) : ("job-removed", new { id = change.Id }),
        ChangeKind.Track => tracks.Find(change.User, change.Id) is { } track ? ("track", Track(change.User, track)) : ("track-removed", new { id = change.Id }),
        _ => uploads.Find(change.User, change.Id) is { } upload ? ("upload", upload) : ("upload-removed", new { id = change.Id }),
    };

    public JobView Job(string user, JobRecord job)
    {
        OutcomeRecord? outcome = jobs.Outcome(user, job.Id);
        ProgressRecord? progress = outcome is null ? jobs.Progress(user, job.Id) : null;
        JobState state = outcome?.State ?? (progress is null or { Stage: JobStage.Waiting } ? JobState.Queued : JobState.Running);
        TrackRecord? track = tracks.Find(user, job.TrackId);
        return new JobView
        {
            Id = job.Id,
            TrackId = job.TrackId,
            TrackTitle = track?.Title ?? "",
            Model = job.Model,
            StemNames = job.Stems,
            Options = job.Options,
            State = state,
            Stage = state switch
            {
                JobState.Running => progress!.Stage,
                JobState.Queued => tracks.Audio(user, job.TrackId) is null ? JobStage.Preparing : JobStage.Waiting,
                _ => null,
            },
            Fraction = state switch { JobState.Done => 1, JobState.Running => Math.Round(progress!.Fraction, 4), _ => 0 },
            SecondsLeft = progress?.SecondsLeft is { } left ? Math.Round(left, 1) : null,
            Position = state == JobState.Queued && queue.Positions().TryGetValue(job.Id, out int place) ? place : null,
            Created = job.Created,
            Started = outcome?.Started ?? (state == JobState.Running ? progress?.Started : null),
            Finished = outcome?.Finished,
            Problem = outcome?.Problem,
            Gain = outcome?.Gain ?? 1,
            Warnings = outcome?.Warnings ?? [],
            Stems = [.. jobs.Stems(user, job).Select(Source)],
            Bytes = outcome?.Bytes ?? 0,
            RetryOf = job.RetryOf,
        };
    }

    /// <summary>A track without its jobs.</summary>
    public TrackView Track(string user, TrackRecord track)
    {
        AudioRecord? audio = tracks.Audio(user, track.Id);
        bool isReady = audio is { Problem: null };
        long? samples = isReady ? audio!.Samples : track.ClaimedSamples;
        return new TrackView
        {
            Id = track.Id,
            State = audio is null ? TrackState.Preparing : isReady ? TrackState.Ready : TrackState.Failed,
            Problem = audio?.Problem,
            Name = track.Name,
            Title = track.Title,
            Artist = track.Artist,
            Album = track.Album,
            Created = track.Created,
            Expires = track.Expires,
            DurationSeconds = samples is { } count ? Math.Round(count / (double)track.SampleRate, 3) : null,
            Samples = samples,
            SampleRate = track.SampleRate,
            Channels = track.Channels,
            Bytes = audio?.Bytes ?? 0,
            Codec = track.Codec,
            IsLossy = track.IsLossy,
            Mixture = tracks.Mixture(user, track.Id) is { } mixture ? Source(mixture) : null,
        };
    }

    /// <summary>Tracks with their jobs.</summary>
    public IReadOnlyList<TrackView> WithJobs(string user, IEnumerable<TrackRecord> chosen)
    {
        ILookup<string, JobRecord> all = jobs.All(user).ToLookup(job => job.TrackId, StringComparer.Ordinal);
        return [.. chosen.Select(track => Track(user, track) with
        {
            Jobs = [.. all[track.Id].OrderByDescending(job => job.Created).Select(job => Job(user, job))],
        })];
    }

    private static SourceView Source(Source source) => new(
        source.Name, source.Url, source.Samples, source.SampleRate, source.Channels,
        [.. Peaks.Levels.Select(level => new PeaksView(level, Peaks.Count(source.Samples, level)))]);
}
