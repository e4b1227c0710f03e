namespace Descant.Training.Schedules;

/// <summary>A linear rise, then half a cosine down to a floor, which holds afterwards.</summary>
/// <remarks>Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5, without restarts, after a linear warm-up (Goyal et al., 2017, section 2.2).</remarks>
/// <param name="rate">The highest rate, reached when the warm-up ends.</param>
/// <param name="positions">Positions in all, the warm-up included.</param>
/// <param name="warmup">Positions of the rise; 0 for none.</param>
/// <param name="start">Where the rise begins, as a share of <paramref name="rate"/>.</param>
/// <param name="floor">The last rate.</param>
public sealed class CosineSchedule(double rate, long positions, long warmup = 0, double start = 0, double floor = 0) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double At(long position)
    {
        if (position < warmup)
        {
            return rate * (start + ((1 - start) * position / warmup));
        }

        double progress = positions <= warmup ? 1 : Math.Min(1, (double)(position - warmup) / (positions - warmup));
        return floor + ((rate - floor) * (1 + Math.Cos(Math.PI * progress)) / 2);
    }
}
