namespace Descant.Separation;

/// <summary>Which stems a run makes: the network's estimates, and the last stem as what remains of the mixture.</summary>
public sealed class StemPlan
{
    private const string Vocals = "vocals";
    private const string Accompaniment = "accompaniment";

    private StemPlan(IReadOnlyList<string> stems, IReadOnlyList<int> estimates, bool hasResidual, IReadOnlyList<int> written)
    {
        Stems = stems;
        Estimates = estimates;
        HasResidual = hasResidual;
        Written = written;
    }

    /// <summary>All stems, in order; together they are the mixture.</summary>
    public IReadOnlyList<string> Stems { get; }

    /// <summary>The index of the network's source behind each stem but a residual last one.</summary>
    public IReadOnlyList<int> Estimates { get; }

    /// <summary>Whether the last stem is the mixture minus all others rather than an estimate of its own.</summary>
    public bool HasResidual { get; }

    /// <summary>Indices of the stems that are asked for.</summary>
    public IReadOnlyList<int> Written { get; }

    /// <summary>Plans the stems.</summary>
    /// <param name="sources">What the network estimates.</param>
    /// <param name="requested">The stems to write; null or empty for all.</param>
    /// <param name="mixtureConsistency">Whether the stems are to sum to the mixture; else every stem that the network
    /// estimates is written as estimated.</param>
    /// <exception cref="ArgumentException">A stem that this network does not make; the message lists those it makes.</exception>
    public static StemPlan Create(IReadOnlyList<string> sources, IReadOnlyList<string>? requested, bool mixtureConsistency)
    {
        ArgumentNullException.ThrowIfNull(sources);
        List<string> wanted = [.. (requested ?? []).Select(name => name.Trim().ToLowerInvariant()).Distinct()];
        List<string> stems = [.. sources];
        List<int> estimates = [.. Enumerable.Range(0, sources.Count)];
        bool hasResidual;
        bool asksForAccompaniment = wanted.Contains(Accompaniment) && sources.Contains(Vocals) && !sources.Contains(Accompaniment);
        if (sources.Count == 1 || asksForAccompaniment)
        {
            int source = sources.Count == 1 ? 0 : stems.IndexOf(Vocals);
            stems = [sources[source], sources[source] switch { Vocals => Accompaniment, Accompaniment => Vocals, _ => "rest" }];
            estimates = [source];
            hasResidual = true;
        }
        else
        {
            hasResidual = mixtureConsistency;
            if (hasResidual)
            {
                estimates.RemoveAt(estimates.Count - 1);
            }
        }

        foreach (string name in wanted)
        {
            if (!stems.Contains(name))
            {
                IEnumerable<string> known = sources.Contains(Vocals) ? sources.Append(Accompaniment).Distinct() : sources;
                string together = asksForAccompaniment && sources.Contains(name) ? " (accompaniment goes with vocals only)" : "";
                throw new ArgumentException($"stems: expected some of {string.Join(", ", known)}, got {name}{together}", nameof(requested));
            }
        }

        int[] written = [.. Enumerable.Range(0, stems.Count).Where(stem => wanted.Count == 0 || wanted.Contains(stems[stem]))];
        return new StemPlan(stems, estimates, hasResidual, written);
    }

    /// <summary>Computes all stems, planar <c>[stem · channels + channel]</c>, from the mixture and the network's estimates.</summary>
    internal void Compute(float[][] mixture, float[][] estimates, float[][] stems, int count)
    {
        int channels = mixture.Length;
        for (int stem = 0; stem < Estimates.Count; stem++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                estimates[(Estimates[stem] * channels) + channel].AsSpan(0, count).CopyTo(stems[(stem * channels) + channel]);
            }
        }

        if (!HasResidual)
        {
            return;
        }

        int last = Stems.Count - 1;
        for (int channel = 0; channel < channels; channel++)
        {
            Span<float> residual = stems[(last * channels) + channel].AsSpan(0, count);
            ReadOnlySpan<float> x = mixture[channel].AsSpan(0, count);
            for (int i = 0; i < count; i++)
            {
                double rest = x[i];
                for (int stem = 0; stem < last; stem++)
                {
                    rest -= stems[(stem * channels) + channel][i];
                }

                residual[i] = (float)Math.Clamp(rest, float.MinValue, float.MaxValue);
            }
        }
    }
}
