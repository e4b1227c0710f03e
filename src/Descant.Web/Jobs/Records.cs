using Descant.Web.Library;

namespace Descant.Web.Jobs;

/// <summary><c>job.json</c>: what was asked for. Written once.</summary>
internal sealed record JobRecord
{
    public required string Id { get; init; }

    public required string TrackId { get; init; }

    public required string Model { get; init; }

    /// <summary>The stems to make, in the model's order.</summary>
    public required IReadOnlyList<string> Stems { get; init; }

    public required JobOptions Options { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Its turn: lower comes first. See <see cref="JobQueue"/>.</summary>
    public required long Turn { get; init; }

    public string? RetryOf { get; init; }
}

/// <summary>How to separate.</summary>
/// <param name="Shifts">Shifted separations that are averaged, 1 to 10.</param>
/// <param name="Overlap">Part of a segment that its neighbour covers too, 0 to 0.9.</param>
internal sealed record JobOptions(int Shifts = 1, double Overlap = 0.05);

/// <summary><c>progress.json</c>: how far the attempt that is running is. Replaced often, deleted when the attempt is given up.</summary>
internal sealed record ProgressRecord
{
    /// <summary>Attempts so far that ended with the death of their process, and this one.</summary>
    public required int Attempts { get; init; }

    public required JobStage Stage { get; init; }

    public required double Fraction { get; init; }

    public double? SecondsLeft { get; init; }

    public required DateTimeOffset Started { get; init; }
}

/// <summary><c>outcome.json</c>: how a job ended. The first to write it decides; every later attempt to is refused.</summary>
internal sealed record OutcomeRecord
{
    public required JobState State { get; init; }

    /// <summary>The folder, inside the job's, that holds the stems.</summary>
    public string? Folder { get; init; }

    public DateTimeOffset? Started { get; init; }

    public required DateTimeOffset Finished { get; init; }

    public Failure? Problem { get; init; }

    /// <summary>The factor that all stems were scaled by.</summary>
    public double Gain { get; init; } = 1;

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public long Samples { get; init; }

    public int SampleRate { get; init; }

    public int Channels { get; init; }

    public long Bytes { get; init; }
}
