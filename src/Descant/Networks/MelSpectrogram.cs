using Descant.Dsp;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Networks;

/// <summary>What S4's networks see, and how the masks that they answer with become sound.</summary>
/// <remarks>
/// S4 §III.B–C with the numbers of the code behind it (mel_dealer.py): power of mel bands (M·|X|)², in decibels, limited to 80 dB below
/// the loudest. Loudest of the segment instead of the whole song, because a stream has no whole song; decibels count from it, so that
/// the level of a song does not matter. Spectrograms are [batch, frames, bands], time first as in S4's figures.
/// </remarks>
internal sealed class MelSpectrogram
{
    private const float DynamicDb = 80;
    private const float Smallest = 1e-16f;          // −160 dB: digital silence stays far below everything
    private const float QuietestReferenceDb = -60;  // below it a segment counts as silent and is not lifted
    private const float DbPerNeper = 4.3429448f;    // 10 / ln 10

    private readonly MelMaskingOptions _options;
    private readonly Tensor _toBands;
    private readonly Tensor _toBins;
    private readonly Tensor _pseudoInverse;

    public MelSpectrogram(MelMaskingOptions options, Engine engine)
    {
        _options = options;
        Stft = new Stft(new StftSettings(options.FftSize, options.HopLength));
        MelFilterBank filters = new(options.SampleRate, options.FftSize, options.Bands);
        int bands = filters.Bands, bins = filters.Bins;
        float[] weights = new float[bands * bins], shares = new float[bins * bands], inverse = new float[bands * bins], unit = new float[bands * bands];
        for (int band = 0; band < bands; band++)
        {
            filters.Weights(band).CopyTo(weights.AsSpan(band * bins));
            unit[(band * bands) + band] = 1;
        }

        float[] transposed = new float[bins * bands];
        filters.Inverse(unit, inverse);
        for (int bin = 0; bin < bins; bin++)
        {
            float all = 0;
            for (int band = 0; band < bands; band++)
            {
                all += weights[(band * bins) + bin];
                transposed[(bin * bands) + band] = inverse[(band * bins) + bin];
            }

            for (int band = 0; band < bands && all > 0; band++)
            {
                shares[(bin * bands) + band] = weights[(band * bins) + bin] / all; // a bin of no band stays with the accompaniment
            }
        }

        _toBands = engine.Tensor(weights, bands, bins);
        _toBins = engine.Tensor(shares, bins, bands);
        _pseudoInverse = engine.Tensor(transposed, bins, bands);
        BandHz = [.. Enumerable.Range(1, bands).Select(i => (float)MelFilterBank.ToHz(
            MelFilterBank.ToMel(options.SampleRate / 2.0, MelScale.Slaney) * i / (bands + 1), MelScale.Slaney))];
    }

    public Stft Stft { get; }

    /// <summary>Centres of the bands, in Hz.</summary>
    public IReadOnlyList<float> BandHz { get; }

    /// <summary>Power of every band, [batch, frames, bands].</summary>
    /// <param name="spectrum">[2, batch, 1, bins, frames].</param>
    public Tensor Powers(Tensor spectrum)
    {
        Tensor magnitudes = Tensor.Hypotenuse(spectrum.Select(0, 0), spectrum.Select(0, 1)).Select(1, 0); // [batch, bins, frames]
        return magnitudes.Transpose(1, 2).Linear(_toBands).Square();
    }

    /// <summary>Powers as the network sees them, same shape.</summary>
    public Tensor Features(Tensor powers)
    {
        Engine engine = powers.Engine;
        Tensor decibels = Tensor.Maximum(powers, engine.Full(Smallest, 1)).Log() * DbPerNeper;
        Tensor loudest = decibels.Reshape(decibels.Size(0), -1).Max(1).Reshape(-1, 1, 1);
        Tensor below = Tensor.Maximum(decibels - Tensor.Maximum(loudest, engine.Full(QuietestReferenceDb, 1)), engine.Full(-DynamicDb, 1));
        return _options.Scaling == MelScaling.Decibels ? below : below.Affine(2 / DynamicDb, 1);
    }

    /// <summary>The sound of a masked mixture.</summary>
    /// <param name="spectrum">The mixture's, [2, batch, 1, bins, frames].</param>
    /// <param name="mask">[batch, frames, bands], in [0, 1].</param>
    /// <param name="samples">Length of the result.</param>
    /// <returns>[batch, 1, samples].</returns>
    public Tensor Sound(Tensor spectrum, Tensor mask, int samples)
    {
        if (_options.Resynthesis == MelResynthesis.MaskedMixture)
        {
            return Masked(spectrum, mask.Linear(_toBins), samples);
        }

        Tensor magnitudes = (mask * Powers(spectrum)).Sqrt().Linear(_pseudoInverse).Relu(); // [batch, frames, bins]
        switch (_options.Resynthesis)
        {
            case MelResynthesis.MixturePhase:
                Tensor mixture = Tensor.Hypotenuse(spectrum.Select(0, 0), spectrum.Select(0, 1)).Select(1, 0).Transpose(1, 2);
                return Masked(spectrum, magnitudes / (mixture + 1e-9f), samples);
            case MelResynthesis.MixtureThenGriffinLim:
                return Resynthesis.GriffinLim(magnitudes, spectrum, Stft, _options.GriffinLimIterations, samples);
            default:
                return Resynthesis.GriffinLim(magnitudes, null, Stft, _options.GriffinLimIterations, samples);
        }
    }

    private Tensor Masked(Tensor spectrum, Tensor factors, int samples) =>
        (spectrum * factors.Transpose(1, 2).Unsqueeze(1).Unsqueeze(0)).InverseStft(Stft, samples);
}
