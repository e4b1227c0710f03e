namespace Descant.Web.Jobs;

/// <summary>Where a job is. The last three are final: a job gets exactly one of them, once.</summary>
internal enum JobState
{
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>What is being done for a job.</summary>
internal enum JobStage
{
    /// <summary>Other jobs come first.</summary>
    Waiting,

    /// <summary>Its track is still being decoded.</summary>
    Preparing,

    /// <summary>The model is being read.</summary>
    Loading,

    /// <summary>The network runs.</summary>
    Separating,

    /// <summary>Stems are rounded and written.</summary>
    Writing,

    /// <summary>Stems are drawn and published.</summary>
    Finishing,
}
