using Descant.Nn;
using Descant.Tensors;

namespace Descant.Tests.Nn;

/// <summary>First weights against the distributions of the frameworks that the papers used (SYSTEMS.md, section 0.2).</summary>
public sealed class InitializerTests
{
    private const int FanIn = 200, FanOut = 50, Count = FanIn * FanOut;

    [Theory]
    [InlineData(WeightInit.PyTorch, 1 / 14.142136)] // 1/√200
    [InlineData(WeightInit.GlorotUniform, 0.154919)] // √(6/250)
    public void Uniform_weights_fill_their_bound(WeightInit rule, double bound)
    {
        float[] weights = Draw(rule);
        Assert.InRange(weights.Max(), 0.995 * bound, bound);
        Assert.InRange(weights.Min(), -bound, -0.995 * bound);
        Moments(weights, bound / Math.Sqrt(3));
    }

    [Theory]
    [InlineData(WeightInit.LeCunNormal, 1 / 14.142136)]
    [InlineData(WeightInit.Normal002, 0.02)]
    public void Normal_weights_have_their_deviation(WeightInit rule, double deviation)
    {
        float[] weights = Draw(rule);
        Moments(weights, deviation);
        Assert.InRange(weights.Count(w => Math.Abs(w) < deviation) / (double)Count, 0.66, 0.705); // 68.3 % within one deviation
        Assert.InRange(weights.Max(), 3 * deviation, 5.5 * deviation);
    }

    [Fact]
    public void Biases_are_zero_but_under_PyTorchs_rule()
    {
        using Engine engine = new(1);
        Assert.All(new Initializer(engine, 1, WeightInit.LeCunNormal).Bias(FanIn, 20).ToArray(), bias => Assert.Equal(0, bias));
        float[] biases = new Initializer(engine, 1).Bias(FanIn, 1000).ToArray();
        Assert.InRange(biases.Max(), 0.98 / Math.Sqrt(FanIn), 1 / Math.Sqrt(FanIn));
    }

    private static float[] Draw(WeightInit rule)
    {
        using Engine engine = new(1);
        return new Initializer(engine, seed: 7, rule).Weight(FanIn, FanOut, FanOut, FanIn).ToArray();
    }

    /// <summary>Mean and deviation within five deviations of their estimates.</summary>
    private static void Moments(float[] weights, double deviation)
    {
        Assert.Equal(0, weights.Average(w => (double)w), 5 * deviation / Math.Sqrt(Count));
        Assert.Equal(deviation, Math.Sqrt(weights.Average(w => (double)w * w)), 5 * deviation / Math.Sqrt(2.0 * Count));
    }
}
