namespace Descant.Web;

/// <summary>What one user, one upload and one request may cost.</summary>
public sealed record Limits
{
    /// <summary>Bytes of one uploaded file.</summary>
    public long UploadBytes { get; init; } = 1L << 30;

    /// <summary>Bytes that one PATCH may carry.</summary>
    public int ChunkBytes { get; init; } = 8 << 20;

    /// <summary>Seconds of one track.</summary>
    public double DurationSeconds { get; init; } = 3 * 3600;

    /// <summary>Unfinished uploads of one user.</summary>
    public int OpenUploads { get; init; } = 200;

    /// <summary>Unfinished jobs of one user.</summary>
    public int QueuedJobs { get; init; } = 100;

    /// <summary>Unfinished jobs of all users.</summary>
    public int QueuedJobsOfAll { get; init; } = 1000;

    /// <summary>Files for downloading that one user may be waiting for.</summary>
    public int QueuedRenders { get; init; } = 10;

    /// <summary>Bytes that one user's library may hold; null for no limit.</summary>
    public long? QuotaBytes { get; init; }

    /// <summary>Requests a minute of one user, or of one address before it is known whose it is.</summary>
    public int RequestsPerMinute { get; init; } = 6000;

    /// <summary>Wrong tokens a minute from one address.</summary>
    public int WrongTokensPerMinute { get; init; } = 10;

    /// <summary>Event streams that are open at once.</summary>
    public int EventStreams { get; init; } = 2000;

    /// <summary>Event streams of one user that are open at once.</summary>
    public int EventStreamsOfUser { get; init; } = 500;

    /// <summary>Samples of each channel that one audio request may ask for.</summary>
    public int AudioSamples { get; init; } = 1 << 20;

    /// <summary>Free bytes that the data folder's disk must keep; below, uploads, jobs and files for downloading are refused.</summary>
    public long FreeBytes { get; init; } = 256L << 20;
}
