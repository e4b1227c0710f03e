using Descant.Metrics;

namespace Descant.Tests.Metrics;

public sealed class SimpleMetricTests
{
    [Fact]
    public void Usdr_follows_its_formula()
    {
        // ‖s‖² = 14, ‖s − e‖² = 0.75.
        Assert.Equal(10 * Math.Log10((14 + 1e-7) / (0.75 + 1e-7)), Usdr.Of([1, 2, 3], [0.5, 1.5, 3.5]), 1e-12);
        Assert.Equal(10 * Math.Log10((14 + 1e-7) / 1e-7), Usdr.Of([1, 2, 3], [1, 2, 3]), 1e-9);
        Assert.Equal(0, Usdr.Of([0, 0], [0, 0]));
        Assert.Throws<ArgumentException>(() => Usdr.Of([1], [double.NaN]));
        Usdr blocks = new(1, 1);
        blocks.Add([[1, 2, 3]], [[0.5, 1.5, 3.5]], 0, 1);
        blocks.Add([[1, 2, 3]], [[0.5, 1.5, 3.5]], 1, 2);
        Assert.Equal(Usdr.Of([1, 2, 3], [0.5, 1.5, 3.5]), blocks[0], 1e-12);
    }

    [Fact]
    public void Psnr_follows_its_formula()
    {
        Assert.Equal(20, Psnr.Of([0, 1, 0.5], [0.1, 0.9, 0.6]), 1e-12);
        Assert.Equal(double.PositiveInfinity, Psnr.Of([0, 1], [0, 1]));
        Assert.Equal(10 * Math.Log10(255.0 * 255), Psnr.Of([1], [2], peak: 255), 1e-12);
    }

    [Fact]
    public void Accuracy_and_intersection_over_union_are_not_the_same()
    {
        MaskAgreement agreement = MaskAgreement.Of([1, 1, 0, 0, 0], [1, 0, 1, 0, 0]);
        Assert.Equal(0.6, agreement.Accuracy, 1e-15);
        Assert.Equal(1 / 3.0, agreement.IntersectionOverUnion, 1e-15);
        Assert.Equal(1, MaskAgreement.Of([0, 0], [0, 0]).IntersectionOverUnion);
    }
}
