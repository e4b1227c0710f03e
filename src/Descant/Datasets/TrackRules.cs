namespace Descant.Datasets;

/// <summary>What a data set promises about the audio of a track; audio that breaks a promise is damaged or was altered.</summary>
public sealed record TrackRules
{
    /// <summary>People's own files: any rate and number of channels, stems end in silence where others go on.</summary>
    public static TrackRules Own { get; } = new();

    /// <summary>Published sets at 44.1 kHz in stereo whose stems were cut from one session.</summary>
    public static TrackRules StereoSession { get; } = new() { SampleRate = 44100, Channels = 2, EqualLengths = true };

    /// <summary>
    /// Whether what is not there is silence: a source without a stem, and the time after the end of a stem that is shorter than others.
    /// Otherwise an absent source may lie within another stem.
    /// </summary>
    public bool AbsenceIsSilence { get; init; }

    /// <summary>Hz of every file; null: any, but one within a track.</summary>
    public int? SampleRate { get; init; }

    /// <summary>Channels of every file; null: one or two.</summary>
    public int? Channels { get; init; }

    /// <summary>Whether all files of a track have the same number of samples.</summary>
    public bool EqualLengths { get; init; }
}
