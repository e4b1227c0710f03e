using Descant.Training;

namespace Descant.Tests.Training;

/// <summary>Losses as trainings showed them.</summary>
public sealed class DivergenceWatchTests
{
    [Fact]
    public void A_network_that_left_what_it_had_learnt_is_told_of_once()
    {
        // Wave-U-Net at a rate of 1e-3: outputs of ±1 after 300 steps.
        DivergenceWatch watch = new();
        string?[] told = [.. new[] { 0.012, 0.0081, 0.0084, 0.0159, 1.02, 1.022, 1.021, 1.015, 1.02 }.Select((loss, i) => watch.Look(24 * (i + 1), loss))];
        Assert.All(told[..6], Assert.Null);
        Assert.Contains("0.0081 at step 48", told[6], StringComparison.Ordinal);
        Assert.Contains("learning-rate", told[6], StringComparison.Ordinal);
        Assert.All(told[7..], Assert.Null);
    }

    [Fact]
    public void Single_hard_stretches_falling_losses_and_losses_without_multiples_are_nothing()
    {
        DivergenceWatch watch = new();
        Assert.All(new[] { 5.0, 0.1, 2, 2, 0.9, 2, 2, 0.05, double.NaN, 0.04 }.Select((loss, i) => watch.Look(i, loss)), Assert.Null);
        DivergenceWatch signed = new();
        Assert.All(new[] { -0.5, 0, 3, -2, 2, 2.5, 4 }.Select((loss, i) => signed.Look(i, loss)), Assert.Null);
    }
}
