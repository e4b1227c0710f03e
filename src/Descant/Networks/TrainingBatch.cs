using Descant.Tensors;

namespace Descant.Networks;

/// <summary>Excerpts to learn from.</summary>
/// <param name="Mixture">Waveforms, [batch, channels, samples].</param>
/// <param name="Sources">The waveforms that sum to it, [batch, sources, channels, samples], in the network's order.</param>
/// <param name="BandwidthHz">For each excerpt the frequency above which its sources are missing because of how they were stored, not because they were silent: a loss ignores what lies above.</param>
public sealed record TrainingBatch(Tensor Mixture, Tensor Sources, IReadOnlyList<float> BandwidthHz);
