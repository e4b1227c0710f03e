namespace Descant.Training;

/// <summary>How the learning rate moves, by its name in recipes.</summary>
public enum ScheduleKind
{
    /// <summary>The same throughout.</summary>
    Constant,

    /// <summary>Half a cosine from the highest rate to the floor at the end of the budget.</summary>
    Cosine,

    /// <summary>Multiplied by a factor every so many steps.</summary>
    Step,

    /// <summary>
    /// Multiplied by a factor when the validation error has stopped falling: the distortion's share of the signal's power, 10^(−SDR/10).
    /// The papers listen to their loss; the SDR is what a checkpoint is chosen by, and the share is positive as the rule's relative
    /// threshold needs.
    /// </summary>
    Plateau,
}
