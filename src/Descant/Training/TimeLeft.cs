namespace Descant.Training;

/// <summary>How long a training still takes, from its recent pace: an hour in which the machine slept does not count for the rest of the run.</summary>
internal sealed class TimeLeft
{
    private const double Newest = 0.2; // of the pace: five reports, nearly a minute, are what it remembers

    private double _share;
    private TimeSpan _time;
    private double _pace; // share of the budget in a second; 0 is unknown

    /// <summary>Begins where an earlier run stopped.</summary>
    /// <param name="share">Of the budget that is spent, in [0, 1].</param>
    /// <param name="time">Trained so far.</param>
    public TimeLeft(double share, TimeSpan time) => (_share, _time) = (share, time);

    /// <summary>Takes in what has happened since the last call.</summary>
    /// <returns>Zero when the budget is spent or nothing has been spent yet.</returns>
    public TimeSpan Estimate(double share, TimeSpan time)
    {
        double seconds = (time - _time).TotalSeconds, pace = (share - _share) / seconds;
        if (seconds > 0 && pace > 0)
        {
            // Paces are averaged, not times: a stretch that stood still lowers the mean by its share and no more.
            _pace = _pace > 0 ? (Newest * pace) + ((1 - Newest) * _pace) : pace;
            (_share, _time) = (share, time);
        }

        return _pace > 0 && share < 1 ? TimeSpan.FromSeconds((1 - share) / _pace) : TimeSpan.Zero;
    }
}
