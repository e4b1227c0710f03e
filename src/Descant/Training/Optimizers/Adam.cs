using System.Numerics;

namespace Descant.Training.Optimizers;

/// <summary>Adam: steps along the mean gradient divided by the root of its mean square.</summary>
/// <remarks>
/// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1, with PyTorch's placement of ε: it is added to the
/// root after the bias correction. <see cref="WeightDecay"/> is the L2 penalty added to the gradient, not decoupled; see <see cref="AdamW"/>.
/// </remarks>
/// <param name="learningRate">α.</param>
/// <param name="beta1">Decay of the mean gradient, in [0, 1).</param>
/// <param name="beta2">Decay of the mean square, in [0, 1).</param>
/// <param name="epsilon">Added to the root of the mean square.</param>
/// <param name="weightDecay">Factor of the parameter added to its gradient.</param>
public class Adam(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    : Optimizer(learningRate)
{
    /// <summary>Factor of the parameter added to its gradient (in <see cref="AdamW"/>: subtracted from it, times the learning rate).</summary>
    public double WeightDecay { get; } = weightDecay;

    private protected override IReadOnlyList<string> KeptNames { get; } = ["exp_avg", "exp_avg_sq"];

    private protected virtual bool IsDecoupled => false;

    private protected override void Update(Span<float> parameter, ReadOnlySpan<float> gradient, float gradientScale, Slots slots, int start)
    {
        double stepSize = LearningRate / (1 - Math.Pow(beta1, slots.Steps));
        var rule = new Rule(
            beta1: new((float)beta1),
            oneMinusBeta1: new((float)(1 - beta1)),
            beta2: new((float)beta2),
            oneMinusBeta2: new((float)(1 - beta2)),
            epsilon: new((float)epsilon),
            rootCorrection: new((float)Math.Sqrt(1 - Math.Pow(beta2, slots.Steps))),
            stepSize: new((float)-stepSize),
            penalty: new(IsDecoupled ? 0 : (float)WeightDecay),
            shrinkage: new(IsDecoupled ? (float)(1 - (LearningRate * WeightDecay)) : 1));
        UpdateRules.Run(rule, gradientScale, parameter, gradient, slots.Span(0, start, parameter.Length), slots.Span(1, start, parameter.Length), []);
    }

    private readonly struct Rule(
        Vector<float> beta1, Vector<float> oneMinusBeta1, Vector<float> beta2, Vector<float> oneMinusBeta2, Vector<float> epsilon,
        Vector<float> rootCorrection, Vector<float> stepSize, Vector<float> penalty, Vector<float> shrinkage) : IUpdateRule
    {
        public void Apply(ref Vector<float> parameter, Vector<float> gradient, ref Vector<float> first, ref Vector<float> second, ref Vector<float> third)
        {
            Vector<float> p = parameter * shrinkage;
            Vector<float> g = gradient + (penalty * p);
            Vector<float> m = (beta1 * first) + (oneMinusBeta1 * g);
            Vector<float> v = (beta2 * second) + (oneMinusBeta2 * g * g);
            first = m;
            second = v;
            parameter = p + (stepSize * m / ((Vector.SquareRoot(v) / rootCorrection) + epsilon));
        }
    }
}
