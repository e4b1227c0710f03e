using Descant.Dsp;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Networks;

/// <summary>Waveforms from magnitudes whose phase is unknown.</summary>
internal static class Resynthesis
{
    private const int Seed = 1; // of random first phases: equal magnitudes give equal sound

    /// <summary>Griffin and Lim's algorithm without momentum, as S4's code and GRU-RIS use it; outside any recording.</summary>
    /// <param name="magnitudes">[batch, frames, bins], those of so many samples.</param>
    /// <param name="phases">A spectrum [2, batch, 1, bins, frames] whose phases are the first; null for random ones.</param>
    /// <param name="stft">The transform that the magnitudes came from.</param>
    /// <param name="iterations">Round trips, 0 or more.</param>
    /// <param name="samples">Length of the result.</param>
    /// <returns>[batch, 1, samples].</returns>
    public static Tensor GriffinLim(Tensor magnitudes, Tensor? phases, Stft stft, int iterations, int samples)
    {
        int batch = magnitudes.Size(0);
        float[] waveforms = new float[batch * samples];
        GriffinLim algorithm = new(stft, iterations, momentum: 0);
        if (phases is null)
        {
            algorithm.Reconstruct(magnitudes.ToArray(), batch, Seed, waveforms, magnitudes.Engine.Workers);
        }
        else
        {
            float[] Part(int part) => phases.Select(0, part).Select(1, 0).Transpose(1, 2).ToArray();
            algorithm.Reconstruct(magnitudes.ToArray(), batch, Part(0), Part(1), waveforms, magnitudes.Engine.Workers);
        }

        return magnitudes.Engine.Tensor(waveforms, batch, 1, samples);
    }
}
