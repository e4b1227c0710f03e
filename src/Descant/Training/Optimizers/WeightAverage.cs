using System.Numerics;
using Descant.Nn;

namespace Descant.Training.Optimizers;

/// <summary>An exponential moving average of the parameters, running statistics included: a smoother network to validate and to keep than the last step's.</summary>
/// <remarks>
/// average ← decay · average + (1 − decay) · parameter after each step (Polyak and Juditsky, 1992, in the exponential form); begins at the
/// first parameters it sees, so it needs no bias correction.
/// </remarks>
public sealed class WeightAverage
{
    private readonly Dictionary<string, float[]> _averages = new(StringComparer.Ordinal);
    private readonly float _decay;

    /// <param name="decay">In [0, 1): 0.999 averages about the last thousand steps.</param>
    public WeightAverage(double decay)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(decay);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(decay, 1);
        _decay = (float)decay;
    }

    /// <summary>The averages by parameter name: the live arrays, to be written or copied before the next update.</summary>
    public IReadOnlyDictionary<string, float[]> State => _averages;

    /// <summary>Takes the present parameters into the average.</summary>
    /// <param name="parameters">The network's.</param>
    /// <param name="mostDecay">Bound on the decay, smaller in the first steps so that the first weights are soon forgotten.</param>
    public void Update(IEnumerable<Parameter> parameters, double mostDecay = 1)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        float decay = Math.Min(_decay, (float)mostDecay);
        foreach (Parameter parameter in parameters)
        {
            if (_averages.TryGetValue(parameter.Name, out float[]? average))
            {
                var rule = new Rule(new Vector<float>(decay), new Vector<float>(1 - decay));
                UpdateRules.Run(rule, 1, average, parameter.Value.DenseSpan(), [], [], []);
            }
            else
            {
                _averages.Add(parameter.Name, parameter.Value.ToArray());
            }
        }
    }

    /// <summary>Exchanges the parameters with their averages; calling it again puts both back.</summary>
    public void Swap(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        foreach (Parameter parameter in parameters.Where(p => _averages.ContainsKey(p.Name)))
        {
            float[] present = parameter.Value.ToArray();
            parameter.Value.Assign(_averages[parameter.Name]);
            present.CopyTo(_averages[parameter.Name], 0);
        }
    }

    /// <summary>Puts back what <see cref="State"/> gave.</summary>
    public void Restore(IReadOnlyDictionary<string, float[]> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _averages.Clear();
        foreach ((string name, float[] values) in state)
        {
            _averages.Add(name, [.. values]);
        }
    }

    private readonly struct Rule(Vector<float> decay, Vector<float> rest) : IUpdateRule
    {
        public void Apply(ref Vector<float> parameter, Vector<float> gradient, ref Vector<float> first, ref Vector<float> second, ref Vector<float> third) =>
            parameter = (decay * parameter) + (rest * gradient);
    }
}
