using Descant.Tensors;

namespace Descant.Networks;

/// <summary>Excerpts to learn from.</summary>
/// <param name="Mixture">Waveforms, [batch, channels, samples].</param>
/// <param name="Sources">The waveforms that sum to it, [batch, sources, channels, samples], in the network's order.</param>
/// <param name="BandwidthHz">For each excerpt the frequency above which its sources are missing because of how they were stored, not because they were silent: a loss ignores what lies above.</param>
public sealed record TrainingBatch(Tensor Mixture, Tensor Sources, IReadOnlyList<float> BandwidthHz)
{
    /// <summary>1 for the frequencies up to each excerpt's bandwidth, 0 above: what storage took away must not be learnt as silence.</summary>
    /// <param name="hz">The frequencies of a spectrum's rows, in Hz.</param>
    /// <returns>[batch, frequencies].</returns>
    public Tensor KnownFrequencies(IEnumerable<float> hz)
    {
        float[] rows = [.. hz];
        float[] known = [.. BandwidthHz.SelectMany(limit => rows.Select(row => row <= limit ? 1f : 0f))];
        return Mixture.Engine.Tensor(known, BandwidthHz.Count, rows.Length);
    }
}
