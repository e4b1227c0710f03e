using System.Numerics;

namespace Descant.Training.Optimizers;

/// <summary>RMSprop: steps along the gradient divided by the root of its mean square.</summary>
/// <remarks>Tieleman and Hinton, Coursera lecture 6.5, 2012; the centred form is Graves, arXiv:1308.0850. As PyTorch, ε is added to the root.</remarks>
/// <param name="learningRate">Length of a step.</param>
/// <param name="alpha">Decay of the mean square, in [0, 1).</param>
/// <param name="epsilon">Added to the root of the mean square.</param>
/// <param name="weightDecay">Factor of the parameter added to its gradient.</param>
/// <param name="momentum">Share of the previous step that is repeated, in [0, 1).</param>
/// <param name="centered">Whether the squared mean gradient is subtracted from the mean square.</param>
public sealed class RmsProp(
    double learningRate = 1e-2, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0, double momentum = 0, bool centered = false)
    : Optimizer(learningRate)
{
    // The order is fixed by the rule: mean square, momentum, mean; what is not used is not kept.
    private readonly int _meanSlot = momentum == 0 ? 1 : 2;

    private protected override IReadOnlyList<string> KeptNames { get; } =
        ["square_avg", .. momentum == 0 ? Array.Empty<string>() : ["momentum_buffer"], .. centered ? ["grad_avg"] : Array.Empty<string>()];

    private protected override void Update(Span<float> parameter, ReadOnlySpan<float> gradient, float gradientScale, Slots slots, int start)
    {
        var rule = new Rule(
            alpha: new((float)alpha),
            oneMinusAlpha: new((float)(1 - alpha)),
            epsilon: new((float)epsilon),
            stepSize: new((float)-LearningRate),
            penalty: new((float)weightDecay),
            momentum: new((float)momentum),
            centering: new(centered ? 1 : 0));
        UpdateRules.Run(
            rule,
            gradientScale,
            parameter,
            gradient,
            slots.Span(0, start, parameter.Length),
            momentum == 0 ? [] : slots.Span(1, start, parameter.Length),
            centered ? slots.Span(_meanSlot, start, parameter.Length) : []);
    }

    private readonly struct Rule(
        Vector<float> alpha, Vector<float> oneMinusAlpha, Vector<float> epsilon, Vector<float> stepSize, Vector<float> penalty,
        Vector<float> momentum, Vector<float> centering) : IUpdateRule
    {
        public void Apply(ref Vector<float> parameter, Vector<float> gradient, ref Vector<float> first, ref Vector<float> second, ref Vector<float> third)
        {
            Vector<float> g = gradient + (penalty * parameter);
            Vector<float> square = (alpha * first) + (oneMinusAlpha * g * g);
            Vector<float> mean = (alpha * third) + (oneMinusAlpha * g);
            Vector<float> root = Vector.SquareRoot(square - (centering * mean * mean)) + epsilon;
            Vector<float> step = (momentum * second) + (g / root);
            first = square;
            second = step;
            third = mean;
            parameter += stepSize * step;
        }
    }
}
