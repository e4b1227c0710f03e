namespace Descant.Evaluation.Reports;

/// <summary>How much sound a report carries.</summary>
public enum ReportAudio
{
    /// <summary>None.</summary>
    None,

    /// <summary>The loudest 15 s of each song's first source, for every source.</summary>
    Excerpt,

    /// <summary>Everything.</summary>
    Full,
}
