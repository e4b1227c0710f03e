namespace Descant.Training.Schedules;

/// <summary>The learning rate as a function of the position in training, and of validation where the schedule listens to it.</summary>
/// <remarks>A position counts steps or epochs; which of the two is the caller's choice and the same for all numbers of one schedule.</remarks>
public abstract class LearningRateSchedule
{
    /// <summary>The rate of the step or epoch number <paramref name="position"/>, from 0.</summary>
    public abstract double At(long position);

    /// <summary>Tells the schedule a validation loss, after the position it belongs to.</summary>
    public virtual void Observe(double loss)
    {
    }

    /// <summary>What the schedule has learned from validation, for a checkpoint; empty when it is a function of the position alone.</summary>
    public virtual IReadOnlyList<double> State => [];

    /// <summary>Puts back what <see cref="State"/> gave.</summary>
    /// <exception cref="InvalidDataException">It was saved by another schedule.</exception>
    public virtual void Restore(IReadOnlyList<double> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Count != State.Count)
        {
            throw new InvalidDataException($"schedule state: {GetType().Name} expects {State.Count} numbers, got {state.Count}.");
        }
    }
}
