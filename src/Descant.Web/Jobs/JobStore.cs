using Descant.Web.Library;

namespace Descant.Web.Jobs;

/// <summary>The jobs of all users, each a folder of small files. What they say is the truth; the engine's store only says who works on what.</summary>
internal sealed class JobStore(DataFolder data, JsonFiles files)
{
    private const string RecordName = "job.json";
    private const string ProgressName = "progress.json";
    private const string OutcomeName = "outcome.json";
    private const string AttemptPrefix = "stems-";

    public string Folder(string user, string id) => data.Job(user, id);

    public JobRecord? Find(string user, string id) => Identifier.IsValid(id) ? files.Read<JobRecord>(Path.Combine(data.Job(user, id), RecordName)) : null;

    /// <summary>A job.</summary>
    /// <exception cref="Problem">404 where the user has no such job.</exception>
    public JobRecord Get(string user, string id) => Find(user, id) ?? throw Problem.NotFound("job");

    public IEnumerable<JobRecord> All(string user) =>
        DataFolder.Identifiers(data.Jobs(user)).Select(id => files.ReadLasting<JobRecord>(Path.Combine(data.Job(user, id), RecordName))).OfType<JobRecord>();

    public ProgressRecord? Progress(string user, string id) => files.Read<ProgressRecord>(Path.Combine(data.Job(user, id), ProgressName));

    public OutcomeRecord? Outcome(string user, string id) => files.Read<OutcomeRecord>(Path.Combine(data.Job(user, id), OutcomeName));

    public JobState State(string user, string id) =>
        Outcome(user, id)?.State ?? (Progress(user, id) is null or { Stage: JobStage.Waiting } ? JobState.Queued : JobState.Running);

    public void Add(string user, JobRecord job)
    {
        Directory.CreateDirectory(data.Job(user, job.Id));
        files.Write(Path.Combine(data.Job(user, job.Id), RecordName), job);
    }

    /// <summary>Says how far the running attempt is; says nothing where the job was deleted.</summary>
    public void SetProgress(string user, string id, ProgressRecord progress)
    {
        try
        {
            files.Write(Path.Combine(data.Job(user, id), ProgressName), progress);
        }
        catch (DirectoryNotFoundException)
        {
            // Its work is ended by the next look at Outcome.
        }
    }

    /// <summary>Marks the attempt of a dead process as over; it still counts.</summary>
    public void AbandonProgress(string user, string id)
    {
        if (Progress(user, id) is { } progress)
        {
            SetProgress(user, id, progress with { Stage = JobStage.Waiting, Fraction = 0, SecondsLeft = null });
        }
    }

    /// <summary>Forgets an attempt that was given up in good order: the job is queued again.</summary>
    public void ClearProgress(string user, string id)
    {
        try
        {
            File.Delete(Path.Combine(data.Job(user, id), ProgressName));
        }
        catch (DirectoryNotFoundException)
        {
            // The job was deleted.
        }
    }

    /// <summary>Ends a job, once. Everything that ends one goes through here: success, failure and cancelling, on any machine.</summary>
    /// <returns>Whether this call ended it; false where it had ended before or was deleted.</returns>
    public bool TryEnd(string user, string id, OutcomeRecord outcome)
    {
        string folder = data.Job(user, id);
        try
        {
            using IDisposable turn = FolderLock.Acquire(folder);
            if (!File.Exists(Path.Combine(folder, RecordName)) || Outcome(user, id) is not null)
            {
                return false;
            }

            files.Write(Path.Combine(folder, OutcomeName), outcome);
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }

        ClearProgress(user, id);
        return true;
    }

    /// <summary>Whether work on a job is pointless: it ended or is gone.</summary>
    public bool IsOver(string user, string id) =>
        !File.Exists(Path.Combine(data.Job(user, id), RecordName)) || File.Exists(Path.Combine(data.Job(user, id), OutcomeName));

    /// <summary>A new folder for an attempt's stems, which nobody sees until an outcome names it.</summary>
    public string NewAttempt(string user, string id)
    {
        string folder = Path.Combine(data.Job(user, id), AttemptPrefix + Identifier.Create());
        if (!Directory.Exists(data.Job(user, id)))
        {
            throw new DirectoryNotFoundException("the job was deleted");
        }

        return Directory.CreateDirectory(folder).FullName;
    }

    /// <summary>Deletes what dead or beaten attempts left.</summary>
    public void RemoveAttempts(string user, string id)
    {
        string? published = Outcome(user, id)?.Folder;
        if (!Directory.Exists(data.Job(user, id)))
        {
            return;
        }

        foreach (string folder in Directory.EnumerateDirectories(data.Job(user, id), AttemptPrefix + "*").Where(folder => Path.GetFileName(folder) != published))
        {
            DataFolder.DeleteTree(folder);
        }
    }

    /// <summary>The stems of a job that is done, in the order that was asked for; empty before.</summary>
    public IReadOnlyList<Source> Stems(string user, JobRecord job) => Outcome(user, job.Id) is { State: JobState.Done, Folder: { } folder } outcome
        ? [.. job.Stems.Select(stem => new Source(
            stem, $"/api/v1/jobs/{job.Id}/stems/{stem}", StemFile(Path.Combine(data.Job(user, job.Id), folder), job, stem), outcome.Samples, outcome.SampleRate, outcome.Channels))]
        : [];

    /// <summary>Where an attempt writes a stem: by its place among the stems, as names of stems come from models.</summary>
    public static string StemFile(string attempt, JobRecord job, string stem) =>
        Path.Combine(attempt, $"{job.Stems.ToList().IndexOf(stem)}.wav");

    public void Remove(string user, string id) => DataFolder.Remove(data.Job(user, id));
}
