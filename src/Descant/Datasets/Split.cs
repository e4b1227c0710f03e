namespace Descant.Datasets;

/// <summary>What a track may be used for. A track belongs to exactly one.</summary>
public enum Split
{
    /// <summary>Seen by the training.</summary>
    Train,

    /// <summary>Chooses designs, checkpoints and settings; never seen by the training.</summary>
    Validation,

    /// <summary>Scored once per shipped model; neither trained on nor selected by.</summary>
    Evaluation,
}
