using Descant.Training;

namespace Descant.Tests.Training;

/// <summary>Time left against what an even pace makes of it.</summary>
public sealed class TimeLeftTests
{
    [Fact]
    public void An_even_pace_is_told_exactly()
    {
        TimeLeft left = new(0, TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, left.Estimate(0, TimeSpan.FromSeconds(5)));
        for (int tenths = 1; tenths < 10; tenths++)
        {
            Assert.Equal(100 - (10 * tenths), left.Estimate(tenths / 10.0, TimeSpan.FromSeconds(10 * tenths)).TotalSeconds, 6);
        }

        Assert.Equal(TimeSpan.Zero, left.Estimate(1, TimeSpan.FromSeconds(100)));
    }

    [Fact]
    public void A_machine_that_slept_for_an_hour_is_forgotten()
    {
        // A hundredth of the budget every ten seconds, but for one hour of sleep.
        TimeLeft left = new(0, TimeSpan.Zero);
        TimeSpan now = TimeSpan.Zero;
        double told = 0;
        for (int report = 1; report <= 40; report++)
        {
            now += TimeSpan.FromSeconds(report == 20 ? 3610 : 10);
            told = left.Estimate(report / 100.0, now).TotalSeconds;
            Assert.InRange(told, 0.999 * 10 * (100 - report), 1.26 * 10 * (100 - report));
        }

        Assert.InRange(told, 600, 605);
    }

    [Fact]
    public void A_run_that_goes_on_counts_from_where_it_stopped()
    {
        TimeLeft left = new(0.5, TimeSpan.FromHours(9));
        Assert.Equal(400, left.Estimate(0.6, TimeSpan.FromHours(9) + TimeSpan.FromSeconds(100)).TotalSeconds, 6);
    }
}
