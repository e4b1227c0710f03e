namespace Descant.Training.Schedules;

/// <summary>A rate multiplied by a factor every so many positions (PyTorch's StepLR).</summary>
/// <param name="rate">The first rate.</param>
/// <param name="every">Positions between two changes.</param>
/// <param name="factor">What each change multiplies by.</param>
public sealed class StepSchedule(double rate, long every, double factor) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double At(long position) => rate * Math.Pow(factor, position / every);
}
