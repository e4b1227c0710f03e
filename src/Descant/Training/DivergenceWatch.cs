using System.Globalization;

namespace Descant.Training;

/// <summary>Notices a network that has left what it had learnt: its loss stays many times above the lowest, though it is finite.</summary>
internal sealed class DivergenceWatch
{
    private const double Times = 10;
    private const int Reports = 3;

    private double _least = double.PositiveInfinity;
    private long _leastStep;
    private int _above;

    /// <summary>Looks at the mean loss of a report.</summary>
    /// <returns>A warning, once each time that three reports in a row lie above ten times the lowest; else null. A loss of 0 or less has no multiples.</returns>
    public string? Look(long step, double loss)
    {
        if (!(loss > 0))
        {
            return null;
        }

        if (loss < _least)
        {
            (_least, _leastStep) = (loss, step);
        }

        _above = loss > Times * _least ? _above + 1 : 0;
        return _above != Reports ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"warning: the loss, {loss:0.0000}, has stayed above {Times:0} times its lowest ({_least:0.0000} at step {_leastStep}): the network has diverged. Stop, lower optimizer.learning-rate and begin in another folder; best.safetensors is the best that was validated.");
    }
}
