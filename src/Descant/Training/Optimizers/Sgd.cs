using System.Numerics;

namespace Descant.Training.Optimizers;

/// <summary>Stochastic gradient descent, with momentum when asked for.</summary>
/// <remarks>Momentum as in PyTorch: the velocity is momentum · velocity + gradient and the step learning rate · velocity, so a change of rate acts at once.</remarks>
/// <param name="learningRate">Length of a step.</param>
/// <param name="momentum">Share of the velocity that is kept, in [0, 1).</param>
/// <param name="weightDecay">Factor of the parameter added to its gradient.</param>
/// <param name="nesterov">Whether the step looks ahead along the velocity (Sutskever et al., ICML 2013, as PyTorch writes it).</param>
public sealed class Sgd(double learningRate, double momentum = 0, double weightDecay = 0, bool nesterov = false) : Optimizer(learningRate)
{
    private protected override IReadOnlyList<string> KeptNames { get; } = momentum == 0 ? [] : ["momentum_buffer"];

    private protected override void Update(Span<float> parameter, ReadOnlySpan<float> gradient, float gradientScale, Slots slots, int start)
    {
        var rule = new Rule(
            stepSize: new((float)-LearningRate),
            penalty: new((float)weightDecay),
            momentum: new((float)momentum),
            ahead: new(nesterov ? (float)momentum : 1),
            present: new(nesterov ? 1 : 0));
        UpdateRules.Run(rule, gradientScale, parameter, gradient, slots.Span(0, start, parameter.Length), [], []);
    }

    private readonly struct Rule(Vector<float> stepSize, Vector<float> penalty, Vector<float> momentum, Vector<float> ahead, Vector<float> present) : IUpdateRule
    {
        public void Apply(ref Vector<float> parameter, Vector<float> gradient, ref Vector<float> first, ref Vector<float> second, ref Vector<float> third)
        {
            Vector<float> g = gradient + (penalty * parameter);
            Vector<float> velocity = (momentum * first) + g;
            first = velocity;
            parameter += stepSize * ((present * g) + (ahead * velocity));
        }
    }
}
