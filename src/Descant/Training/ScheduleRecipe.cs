namespace Descant.Training;

/// <summary>How the learning rate moves. Settings that a kind does not know are ignored by it.</summary>
public sealed record ScheduleRecipe
{
    /// <summary>Which curve.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Constant;

    /// <summary>Steps of the linear rise at the beginning, with every kind.</summary>
    public int WarmUpSteps { get; init; }

    /// <summary>Cosine, plateau: lowest rate, as a share of the highest.</summary>
    public double Floor { get; init; }

    /// <summary>Step: steps between two changes.</summary>
    public int Every { get; init; } = 1000;

    /// <summary>Step, plateau: what a change multiplies by.</summary>
    public double Factor { get; init; } = 0.5;

    /// <summary>Plateau: validations without improvement that are borne before a change.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>Plateau: validations after a change during which none counts as one without improvement.</summary>
    public int Cooldown { get; init; }
}
