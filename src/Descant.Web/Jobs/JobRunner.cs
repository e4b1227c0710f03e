using System.Diagnostics;
using Descant.Audio;
using Descant.Separation;
using Descant.Web.Events;
using Descant.Web.Library;
using Descant.Web.Operations;

namespace Descant.Web.Jobs;

/// <summary>Works on one job: at least once, and whatever happens in between, published exactly once.</summary>
/// <remarks>
/// 1. An attempt writes into a folder of its own. 2. <see cref="JobStore.TryEnd"/> names that folder, if nobody ended the job
/// before. 3. A beaten attempt is deleted. A process that dies before 2 leaves a job that is queued again; one that dies after
/// it leaves a finished job.
/// </remarks>
internal sealed partial class JobRunner(
    JobStore jobs, JobQueue queue, TrackStore tracks, ModelCatalog models, EventHub events, QueueAnnouncer announcer, ServerMetrics metrics, TimeProvider time, ILogger<JobRunner> log)
{
    private const int MostAttempts = 3;
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a job to its end.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="id">Which.</param>
    /// <param name="shutdown">This process has to stop: the job is given back.</param>
    public async Task RunAsync(string user, string id, CancellationToken shutdown)
    {
        if (jobs.Find(user, id) is not { } job || jobs.IsOver(user, id))
        {
            return;
        }

        int attempts = (jobs.Progress(user, id)?.Attempts ?? 0) + 1;
        DateTimeOffset started = time.GetUtcNow();
        if (attempts > MostAttempts)
        {
            await EndAsync(user, job, Failed(started, "crashed", $"The server died {MostAttempts} times while it worked on this song, probably for lack of memory."));
            return;
        }

        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown);
        Reporter reporter = new(jobs, events, user, job, attempts, started, stop);
        reporter.Tell(JobStage.Loading, 0);
        announcer.Signal();
        LogStarted(id, user, job.Model, attempts);
        string? attempt = null;
        try
        {
            attempt = jobs.NewAttempt(user, id);
            OutcomeRecord outcome = await SeparateAsync(user, job, attempt, started, reporter, stop.Token);
            await EndAsync(user, job, outcome);
            jobs.RemoveAttempts(user, id); // those of processes that died before
        }
        catch (OperationCanceledException) when (jobs.IsOver(user, id))
        {
            LogStopped(id, "it was cancelled");
        }
        catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
        {
            jobs.ClearProgress(user, id);
            LogStopped(id, "the server is stopping; the job goes on later");
            throw;
        }
        catch (Exception error) when (error is DirectoryNotFoundException or FileNotFoundException && jobs.IsOver(user, id))
        {
            LogStopped(id, "it was deleted");
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or IOException or OutOfMemoryException or UnauthorizedAccessException)
        {
            LogFailed(error, id);
            string code = error is OutOfMemoryException ? "memory" : Problem.IsDiskFull(error) ? "quota" : "failed";
            await EndAsync(user, job, Failed(started, code, Reason(error)));
        }
        finally
        {
            if (attempt is not null && jobs.Outcome(user, id)?.Folder != Path.GetFileName(attempt))
            {
                DataFolder.DeleteTree(attempt);
            }
        }
    }

    /// <summary>Ends a job and tells everybody; does nothing where it ended before.</summary>
    public async Task<bool> EndAsync(string user, JobRecord job, OutcomeRecord outcome)
    {
        bool isFirst = jobs.TryEnd(user, job.Id, outcome);
        await queue.RemoveAsync(user, job);
        if (isFirst)
        {
            metrics.JobEnded(outcome);
            LogEnded(job.Id, outcome.State, outcome.Problem?.Detail);
            events.Announce(new Change(user, ChangeKind.Job, job.Id));
            announcer.Signal();
        }

        return isFirst;
    }

    /// <summary>Ends a job whose track cannot be decoded or is gone.</summary>
    public async Task EndHopelessAsync(string user, JobRecord job)
    {
        if (tracks.Obstacle(user, job.TrackId) is { } obstacle)
        {
            await EndAsync(user, job, Failed(null, obstacle.Code, obstacle.Detail));
        }
    }

    private OutcomeRecord Failed(DateTimeOffset? started, string code, string detail) =>
        new() { State = JobState.Failed, Started = started, Finished = time.GetUtcNow(), Problem = new Failure(code, detail) };

    // Messages name files of the server; clients get the sentence without the path.
    private static string Reason(Exception error) => error switch
    {
        OutOfMemoryException => "The server has not enough memory for this song and model.",
        _ when Problem.IsDiskFull(error) => Problem.DiskIsFull,
        InvalidDataException or ArgumentException or ProgramStoppedException => AudioReader.OneLine(error.Message.Split(": ", 2)[^1]),
        _ => "The server could not read or write a file; its log says which.",
    };

    private async Task<OutcomeRecord> SeparateAsync(string user, JobRecord job, string attempt, DateTimeOffset started, Reporter reporter, CancellationToken cancellation)
    {
        TrackRecord track = tracks.Find(user, job.TrackId) ?? throw new DirectoryNotFoundException("the track was deleted");
        Source mixture = tracks.Mixture(user, job.TrackId) ?? throw new DirectoryNotFoundException("the track was deleted");
        using ModelCatalog.Loan loan = await Task.Run(() => models.Borrow(job.Model), cancellation);
        SeparationSettings settings = new()
        {
            Shifts = job.Options.Shifts,
            Overlap = job.Options.Overlap,
            Stems = job.Stems,
            Format = track.Format,
            ModelName = job.Model,
        };
        SeparationResult result = await loan.Separator.SeparateAsync(
            mixture.File, stem => JobStore.StemFile(attempt, job, stem), settings, reporter, cancellation);
        reporter.Tell(JobStage.Finishing, Reporter.FinishingFraction);
        long bytes = 0;
        foreach (string file in result.Files.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            bytes += await Task.Run(() => Draw(file, cancellation), cancellation);
        }

        metrics.SongSeparated(result.Samples / (double)result.SampleRate, time.GetUtcNow() - started);
        return new OutcomeRecord
        {
            State = JobState.Done,
            Folder = Path.GetFileName(attempt),
            Started = started,
            Finished = time.GetUtcNow(),
            Gain = result.Gain,
            Warnings = [.. result.Warnings.Select(warning => AudioReader.OneLine(warning.Split(": ", 2)[^1])).Take(20)],
            Samples = result.Samples,
            SampleRate = result.SampleRate,
            Channels = result.Channels,
            Bytes = bytes,
        };
    }

    // Computes a stem's peaks. Returns the bytes of both files.
    private static long Draw(string file, CancellationToken cancellation)
    {
        const int Block = 1 << 15;
        using AudioReader reader = AudioReader.Open(file);
        Peaks peaks = new();
        float[][] block = [.. Enumerable.Range(0, reader.Properties.Channels).Select(_ => new float[Block])];
        while (reader.Read(block, 0, Block) is > 0 and int count)
        {
            cancellation.ThrowIfCancellationRequested();
            peaks.Add(block, count);
        }

        byte[] drawn = peaks.Finish();
        File.WriteAllBytes(Path.ChangeExtension(file, ".peaks"), drawn);
        return new FileInfo(file).Length + drawn.Length;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "job {Job} of {User} started: model {Model}, attempt {Attempt}")]
    private partial void LogStarted(string job, string user, string model, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "job {Job} stopped: {Reason}")]
    private partial void LogStopped(string job, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "job {Job} ended: {State} {Reason}")]
    private partial void LogEnded(string job, JobState state, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "job {Job} failed")]
    private partial void LogFailed(Exception error, string job);

    /// <summary>Tells how far an attempt is, a few times a second, and notices that the job was ended elsewhere.</summary>
    private sealed class Reporter(JobStore jobs, EventHub events, string user, JobRecord job, int attempts, DateTimeOffset started, CancellationTokenSource stop) : IProgress<SeparationProgress>
    {
        public const double FinishingFraction = 0.97;
        private const double SeparatingPart = 0.9;
        private readonly Stopwatch _sinceStart = new();
        private readonly Lock _lock = new();
        private TimeSpan _told = TimeSpan.MinValue;

        public void Report(SeparationProgress value)
        {
            lock (_lock)
            {
                if (!_sinceStart.IsRunning)
                {
                    _sinceStart.Start();
                }

                TimeSpan now = _sinceStart.Elapsed;
                if (_told != TimeSpan.MinValue && now - _told < s_progressInterval)
                {
                    return;
                }

                _told = now;
                if (jobs.IsOver(user, job.Id))
                {
                    stop.Cancel();
                    return;
                }

                double part = value.TotalSamples is > 0 and long total ? Math.Clamp(value.DoneSamples / (double)total, 0, 1) : 0;
                bool isWriting = value.Stage == SeparationStage.Write;
                double fraction = isWriting ? SeparatingPart + ((FinishingFraction - SeparatingPart) * part) : SeparatingPart * part;
                double? left = fraction > 0.02 ? now.TotalSeconds * (1 - fraction) / fraction : null;
                Tell(isWriting ? JobStage.Writing : JobStage.Separating, fraction, left);
            }
        }

        public void Tell(JobStage stage, double fraction, double? secondsLeft = null)
        {
            jobs.SetProgress(user, job.Id, new ProgressRecord { Attempts = attempts, Stage = stage, Fraction = fraction, SecondsLeft = secondsLeft, Started = started });
            events.Announce(new Change(user, ChangeKind.Job, job.Id));
        }
    }
}
