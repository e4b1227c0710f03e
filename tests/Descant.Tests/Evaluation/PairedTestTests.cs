using Descant.Evaluation;
using Descant.Tests.Metrics.BssEval;

namespace Descant.Tests.Evaluation;

/// <summary>Expected values: scipy 1.10 <c>stats.wilcoxon</c> and <c>stats.permutation_test(permutation_type="samples")</c>.</summary>
public sealed class PairedTestTests
{
    [Theory]
    [InlineData(5, 6, 0.4, 0.21875)]
    [InlineData(6, 12, 0.3, 0.04248046875)]
    [InlineData(7, 45, 0.2, 0.022254822679883546)]
    public void Wilcoxon_is_exact_without_ties(uint seed, int count, double shift, double expected) =>
        Assert.Equal(expected, PairedTest.WilcoxonSignedRank(Differences(seed, count, shift)), 1e-12);

    [Theory]
    [InlineData(8, 30, 0.2, 0.01179309484158343)]
    [InlineData(9, 70, 0.1, 0.2200936865038836)]
    public void Wilcoxon_is_normal_with_ties_and_zeros(uint seed, int count, double shift, double expected) =>
        Assert.Equal(expected, PairedTest.WilcoxonSignedRank([.. Differences(seed, count, shift).Select(value => Math.Round(value, 1))]), 1e-9);

    [Theory]
    [InlineData(5, 6, 0.4, 0.1875)]
    [InlineData(6, 12, 0.3, 0.0224609375)]
    public void Sign_flips_are_all_tried(uint seed, int count, double shift, double expected) =>
        Assert.Equal(expected, PairedTest.SignFlip(Differences(seed, count, shift)), 1e-12);

    [Fact]
    public void Many_sign_flips_are_sampled_repeatably()
    {
        double[] differences = Differences(7, 45, 0.2);
        double p = PairedTest.SignFlip(differences);
        Assert.Equal(p, PairedTest.SignFlip(differences));

        // The mean of 45 uniform differences is close to normal, with the variance of their squares.
        double z = differences.Sum() / Math.Sqrt(differences.Sum(value => value * value));
        Assert.InRange(p, 0.5 * Math.Exp(-z * z / 2) * 0.3, 2 * Math.Exp(-z * z / 2));
    }

    [Fact]
    public void No_difference_is_no_evidence()
    {
        Assert.Equal(1, PairedTest.WilcoxonSignedRank([0, 0, 0]));
        Assert.Equal(1, PairedTest.SignFlip([]));
        Assert.Equal(1, PairedTest.SignFlip([1, -1]));
        Assert.Equal(0.5, PairedTest.WilcoxonSignedRank([1, 2]), 1e-15);
    }

    private static double[] Differences(uint seed, int count, double shift) =>
        [.. NoiseSignals.Noise(seed, count).Select(value => value + shift)];
}
