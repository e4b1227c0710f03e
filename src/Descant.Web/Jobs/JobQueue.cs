using Descant.Web.Library;
using Quartz;

namespace Descant.Web.Jobs;

/// <summary>Gives every job its turn, fair between users, and hands it to Quartz.</summary>
/// <remarks>
/// Fairness is start-time fair queueing (Goyal, Vin, Cheng 1996) with songs of equal weight: a job's round is one more than the
/// latest unfinished round of its user, but not less than the round being served. Ten songs of one user and one of another
/// are served 1, 1, 9. Quartz serves triggers by their time, so a turn becomes a time that lies far in the past.
/// </remarks>
internal sealed class JobQueue(DataFolder data, JobStore jobs, TrackStore tracks, ISchedulerFactory schedulers, TimeProvider time)
{
    public const string SeparationGroup = "separate";
    public const string PreparationGroup = "prepare";
    public const string UserKey = "user";
    private static readonly DateTimeOffset s_firstTurn = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_round = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_positionsAge = TimeSpan.FromMilliseconds(200);
    private readonly Lock _positionsLock = new();
    private long _positionsAt;
    private IReadOnlyDictionary<string, int>? _positions;

    /// <summary>All unfinished jobs in the order of their turns.</summary>
    public IReadOnlyList<QueueEntry> Entries() => [.. Directory.EnumerateFiles(data.Queue)
        .Select(path => QueueEntry.Parse(Path.GetFileName(path))).OfType<QueueEntry>()
        .OrderBy(entry => entry.Turn).ThenBy(entry => entry.JobId, StringComparer.Ordinal)];

    /// <summary>The place of every waiting job among all users' waiting jobs, from 1; of other processes' jobs a fifth of a second old at most.</summary>
    public IReadOnlyDictionary<string, int> Positions()
    {
        lock (_positionsLock)
        {
            if (_positions is null || time.GetElapsedTime(_positionsAt) > s_positionsAge)
            {
                _positionsAt = time.GetTimestamp();
                _positions = Entries().Where(entry => jobs.State(entry.User, entry.JobId) == JobState.Queued)
                    .Select((entry, index) => (entry.JobId, Position: index + 1))
                    .ToDictionary(place => place.JobId, place => place.Position, StringComparer.Ordinal);
            }

            return _positions;
        }
    }

    /// <summary>What this process changed is seen at once.</summary>
    private void Forget()
    {
        lock (_positionsLock)
        {
            _positions = null;
        }
    }

    /// <summary>The turn of a job that a user adds now.</summary>
    public long NextTurn(string user)
    {
        IReadOnlyList<QueueEntry> entries = Entries();
        long served = entries.Count == 0 ? 0 : entries[0].Round;
        long last = entries.Where(entry => entry.User == user).Select(entry => entry.Round).DefaultIfEmpty(-1).Max();
        return (Math.Max(served, last + 1) * QueueEntry.RoundLength) + (time.GetUtcNow().ToUnixTimeMilliseconds() % QueueEntry.RoundLength);
    }

    /// <summary>Adds a job: its folder first, which is the truth, then its place in the queue, then the engine's knowledge of it.</summary>
    /// <returns>Whether its track can be separated, as far as is known; false where the caller has to end it.</returns>
    public async Task<bool> AddAsync(string user, JobRecord job)
    {
        jobs.Add(user, job);
        Enqueue(user, job);
        Forget();
        return await DispatchAsync(user, job);
    }

    /// <summary>Takes a job that ended or was deleted out of the queue.</summary>
    public async Task RemoveAsync(string user, JobRecord job)
    {
        File.Delete(EntryFile(user, job));
        Forget();
        IScheduler scheduler = await schedulers.GetScheduler();
        await scheduler.UnscheduleJob(new TriggerKey(job.Id, SeparationGroup));
    }

    /// <summary>Hands a job whose track is decoded to Quartz, unless it knows the job already.</summary>
    /// <returns>False where the track cannot be decoded or is gone: nobody will ever dispatch the job.</returns>
    public async Task<bool> DispatchAsync(string user, JobRecord job)
    {
        AudioRecord? audio = tracks.Audio(user, job.TrackId);
        if (audio is { Problem: not null } || tracks.Find(user, job.TrackId) is null)
        {
            return false;
        }

        if (audio is null)
        {
            return true; // the preparation of the track dispatches it
        }

        TimeSpan place = (s_round * (job.Turn / QueueEntry.RoundLength)) + (s_round * ((double)(job.Turn % QueueEntry.RoundLength) / QueueEntry.RoundLength));
        await ScheduleAsync<SeparationJob>(user, job.Id, SeparationGroup, s_firstTurn + place);
        return true;
    }

    /// <summary>Hands the decoding of a track to Quartz.</summary>
    public Task PrepareAsync(string user, string trackId) => ScheduleAsync<PreparationJob>(user, trackId, PreparationGroup, time.GetUtcNow());

    /// <summary>Dispatches the jobs that waited for a track.</summary>
    /// <returns>Those whose track cannot be separated.</returns>
    public async Task<IReadOnlyList<JobRecord>> TrackPreparedAsync(string user, string trackId)
    {
        List<JobRecord> hopeless = [];
        foreach (JobRecord job in jobs.All(user).Where(job => job.TrackId == trackId && !jobs.IsOver(user, job.Id)))
        {
            if (!await DispatchAsync(user, job))
            {
                hopeless.Add(job);
            }
        }

        return hopeless;
    }

    /// <summary>Finds work that nobody knows of, after a crash at any point, and hands it to Quartz.</summary>
    /// <param name="isAlone">Whether no other process shares the folder: then whatever seems to be running is not.</param>
    /// <returns>Jobs whose track cannot be separated, with their users.</returns>
    public async Task<IReadOnlyList<(string User, JobRecord Job)>> ReconcileAsync(bool isAlone)
    {
        List<(string User, JobRecord Job)> hopeless = [];
        foreach (string user in data.AllUsers())
        {
            foreach (TrackRecord track in tracks.All(user).Where(track => tracks.Audio(user, track.Id) is null))
            {
                await PrepareAsync(user, track.Id);
            }

            foreach (JobRecord job in jobs.All(user).Where(job => !jobs.IsOver(user, job.Id)))
            {
                if (isAlone)
                {
                    jobs.AbandonProgress(user, job.Id);
                    jobs.RemoveAttempts(user, job.Id);
                }

                Enqueue(user, job);
                if (!await DispatchAsync(user, job))
                {
                    hopeless.Add((user, job));
                }
            }
        }

        foreach (QueueEntry entry in Entries().Where(entry => jobs.IsOver(entry.User, entry.JobId)))
        {
            File.Delete(Path.Combine(data.Queue, entry.FileName));
        }

        return hopeless;
    }

    private async Task ScheduleAsync<TJob>(string user, string id, string group, DateTimeOffset at)
        where TJob : IJob
    {
        IScheduler scheduler = await schedulers.GetScheduler();
        IJobDetail detail = JobBuilder.Create<TJob>().WithIdentity(id, group).UsingJobData(UserKey, user).RequestRecovery().Build();
        if (await scheduler.Exists(detail.Key))
        {
            return;
        }

        ITrigger trigger = TriggerBuilder.Create().WithIdentity(id, group).WithExecutionGroup(group).StartAt(at)
            .WithSchedule(SimpleScheduleBuilder.Create().WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires)).Build();
        try
        {
            await scheduler.ScheduleJob(detail, trigger);
        }
        catch (ObjectAlreadyExistsException)
        {
            // Another server was faster: that is what was wanted.
        }
    }

    private void Enqueue(string user, JobRecord job) => File.WriteAllBytes(EntryFile(user, job), []);

    private string EntryFile(string user, JobRecord job) => Path.Combine(data.Queue, new QueueEntry(job.Turn, user, job.Id).FileName);
}
