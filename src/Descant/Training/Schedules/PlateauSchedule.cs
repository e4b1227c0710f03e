namespace Descant.Training.Schedules;

/// <summary>Lowers the rate when the validation loss has stopped falling (PyTorch's ReduceLROnPlateau, mode min, relative threshold).</summary>
/// <param name="rate">The first rate.</param>
/// <param name="factor">What each change multiplies by, in (0, 1).</param>
/// <param name="patience">Losses without improvement that are borne before a change.</param>
/// <param name="cooldown">Losses after a change during which none is counted as bad.</param>
/// <param name="floor">The lowest rate.</param>
/// <param name="threshold">An improvement is a loss below best · (1 − threshold).</param>
public sealed class PlateauSchedule(double rate, double factor, int patience, int cooldown = 0, double floor = 0, double threshold = 1e-4) : LearningRateSchedule
{
    private const double LeastChange = 1e-8;   // PyTorch's eps: smaller changes of the rate are not made

    private double _rate = rate;
    private double _best = double.PositiveInfinity;
    private int _bad;
    private int _cooling;

    /// <inheritdoc/>
    public override IReadOnlyList<double> State => [_rate, _best, _bad, _cooling];

    /// <inheritdoc/>
    public override double At(long position) => _rate;

    /// <inheritdoc/>
    public override void Observe(double loss)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(loss); // the threshold is relative: below 0 a worse loss would count as better
        if (loss < _best * (1 - threshold))
        {
            (_best, _bad) = (loss, 0);
        }
        else
        {
            _bad++;
        }

        if (_cooling > 0)
        {
            _cooling--;
            _bad = 0;
        }

        if (_bad > patience)
        {
            double lower = Math.Max(_rate * factor, floor);
            _rate = _rate - lower > LeastChange ? lower : _rate;
            (_cooling, _bad) = (cooldown, 0);
        }
    }

    /// <inheritdoc/>
    public override void Restore(IReadOnlyList<double> state)
    {
        base.Restore(state);
        (_rate, _best, _bad, _cooling) = (state[0], state[1], (int)state[2], (int)state[3]);
    }
}
