using Descant.Datasets;

namespace Descant.Separation;

/// <summary>Which stems a run makes: the network's estimates, and the last stem as what remains of the mixture.</summary>
public sealed class StemPlan
{
    private StemPlan(IReadOnlyList<string> stems, IReadOnlyList<string> sources, bool hasResidual, IReadOnlyList<int> written)
    {
        Stems = stems;
        Sources = sources;
        HasResidual = hasResidual;
        Written = written;
        Estimates = [.. stems.Take(hasResidual ? stems.Count - 1 : stems.Count).Select(stem => sources.ToList().IndexOf(stem))];
    }

    /// <summary>The stems that are computed, in order: those that are written, and those that a residual needs.</summary>
    public IReadOnlyList<string> Stems { get; }

    /// <summary>The network's sources that are needed, in its order.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>The index in <see cref="Sources"/> behind each stem but a residual last one.</summary>
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
    /// <param name="needsAllSources">Whether all sources are needed whatever is written, as joint filters do.</param>
    /// <exception cref="ArgumentException">A stem that this network does not make; the message lists those it makes.</exception>
    public static StemPlan Create(IReadOnlyList<string> sources, IReadOnlyList<string>? requested, bool mixtureConsistency, bool needsAllSources = false)
    {
        ArgumentNullException.ThrowIfNull(sources);
        List<string> wanted = [.. (requested ?? []).Select(name => name.Trim().ToLowerInvariant()).Distinct()];
        bool asksForAccompaniment = wanted.Contains(SourceNames.Accompaniment) && sources.Contains(SourceNames.Vocals) && !sources.Contains(SourceNames.Accompaniment);
        IReadOnlyList<string> all = sources;
        string? residual = mixtureConsistency ? sources[^1] : null;
        if (sources.Count == 1 || asksForAccompaniment)
        {
            string source = sources.Count == 1 ? sources[0] : SourceNames.Vocals;
            residual = SourceNames.RestOf(source);
            all = [source, residual];
        }

        foreach (string name in wanted)
        {
            if (!all.Contains(name))
            {
                IEnumerable<string> known = sources.Contains(SourceNames.Vocals) ? sources.Append(SourceNames.Accompaniment).Distinct() : sources;
                string together = asksForAccompaniment && sources.Contains(name) ? " (accompaniment goes with vocals only)" : "";
                throw new ArgumentException($"stems: expected some of {string.Join(", ", known)}, got {name}{together}", nameof(requested));
            }
        }

        string[] written = [.. all.Where(stem => wanted.Count == 0 || wanted.Contains(stem))];
        bool hasResidual = residual is not null && written.Contains(residual);
        IReadOnlyList<string> stems = hasResidual ? all : written;
        string[] needed = [.. stems.Take(hasResidual ? stems.Count - 1 : stems.Count)];
        return new StemPlan(
            stems, needsAllSources ? sources : needed, hasResidual, [.. Enumerable.Range(0, stems.Count).Where(stem => written.Contains(stems[stem]))]);
    }

    /// <summary>Computes the stems, planar <c>[stem · channels + channel]</c>, from the mixture and the network's estimates.</summary>
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
