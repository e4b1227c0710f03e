using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>What S4's networks share: the mixture's mel spectrogram goes in, a mask of the voice comes out, the rest is accompaniment.</summary>
/// <remarks>
/// Xi, "Vocal track extraction using neural networks" (S4). Deviations, so that whole songs can be separated: the spectrogram of a
/// segment is inverted at once, not chunk by chunk (which loses a hop at every seam and drifts); networks trained on chunks of
/// <see cref="MelMaskingOptions.ChunkFrames"/> separate segments of several, without seams.
/// </remarks>
public abstract class MelMaskingNetwork : Network
{
    private readonly MelMaskingOptions _options;

    private protected MelMaskingNetwork(MelMaskingOptions options, Initializer init)
    {
        _options = options;
        Mel = new MelSpectrogram(options, init.Engine);
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources { get; } = ["vocals", "accompaniment"];

    /// <inheritdoc/>
    public override int SegmentSamples => (_options.SegmentFrames - 1) * _options.HopLength;

    /// <inheritdoc/>
    public override int ContextSamples => _options.ContextFrames * _options.HopLength;

    /// <inheritdoc/>
    public override int ExcerptSamples => (_options.ChunkFrames - 1) * _options.HopLength;

    private protected MelSpectrogram Mel { get; }

    /// <summary>Frames of a spectrogram must be a multiple of this.</summary>
    private protected virtual int FrameMultiple => 1;

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        int samples = mixture.Size(2), frames = Mel.Stft.Frames(samples);
        int wanted = (frames + FrameMultiple - 1) / FrameMultiple * FrameMultiple;
        int padded = Math.Max(samples, (wanted - 1) * _options.HopLength);
        Tensor spectrum = mixture.PadZeros(2, 0, padded - samples).Stft(Mel.Stft);      // [2, batch, 1, bins, frames]
        Tensor mask = VocalMask(Mel.Features(Mel.Powers(spectrum)));
        Tensor vocals = Mel.Sound(spectrum, mask, padded).Slice(2, 0, samples);
        return Tensor.Stack(1, vocals, mixture - vocals);
    }

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch)
    {
        Tensor Powers(Tensor waveform) => Mel.Powers(waveform.Detach().Stft(Mel.Stft));
        Tensor mixture = Powers(batch.Mixture);
        return Loss(new MelTargets(
            Mel.Features(mixture).On(batch.Mixture.Engine), mixture, Powers(batch.Sources.Select(1, 0)), Powers(batch.Sources.Select(1, 1)),
            batch.KnownFrequencies(Mel.BandHz).Unsqueeze(1)));
    }

    /// <summary>The mask of the voice.</summary>
    /// <param name="features">[batch, frames, bands].</param>
    /// <returns>Same shape, in [0, 1].</returns>
    private protected abstract Tensor VocalMask(Tensor features);

    private protected abstract Tensor Loss(MelTargets targets);
}
