namespace Descant.Training.Schedules;

/// <summary>The same rate throughout.</summary>
public sealed class ConstantSchedule(double rate) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double At(long position) => rate;
}
