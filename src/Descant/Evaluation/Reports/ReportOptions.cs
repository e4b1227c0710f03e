using Descant.Audio;

namespace Descant.Evaluation.Reports;

/// <summary>What goes into a report.</summary>
public sealed record ReportOptions
{
    /// <summary>Heading of the report.</summary>
    public string Title { get; init; } = "Separation evaluation";

    /// <summary>Players of reference and estimate.</summary>
    public ReportAudio Audio { get; init; } = ReportAudio.Excerpt;

    /// <summary>Most songs that are shown as waveforms and spectrograms, the first by name; all are in the tables.</summary>
    public int Pictures { get; init; } = 20;

    /// <summary>Where ffmpeg is, for the players.</summary>
    public FfmpegPrograms Programs { get; init; } = new();
}
