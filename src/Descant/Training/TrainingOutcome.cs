namespace Descant.Training;

/// <summary>How a run of a training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>The budget is spent; the model is written.</summary>
    Finished,

    /// <summary>It was asked to stop; the checkpoint is written and the next run goes on from it.</summary>
    Stopped,
}
