using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Networks;

/// <summary>S0's separator: a <see cref="SpectrogramUNet"/> masks the mixture's spectrogram for the vocals, and what remains is the accompaniment.</summary>
/// <remarks>
/// Wu, "Vocal Separation" (S0) §2.2–2.3, after Jansson et al. 2017. The mask of the lowest bin is 0, so that DC goes to the
/// accompaniment; the estimate keeps the mixture's phase. Deviations, each needed to separate songs of any length at their own level:
/// segments are normalised one by one and the estimate is brought back to the level of the mixture. In training the loss of an excerpt
/// is levelled by the mixture's root mean square with every input scale, where S0 §2.2 has divided both spectrograms by the mixture's
/// maximum: a click does not silence the rest of its excerpt.
/// </remarks>
public sealed class MaskingUNet : Network
{
    private const float TargetRms = 0.1f;
    private const float LogGain = 10f;
    private const float Silence = 1e-4f; // keeps the gain finite; about −80 dBFS, below which nothing is worth amplifying

    private readonly MaskingUNetOptions _options;
    private readonly SpectrogramUNet _unet;
    private readonly Stft _stft;

    /// <summary>Builds the network with fresh weights.</summary>
    public MaskingUNet(MaskingUNetOptions options, Initializer init)
    {
        _options = options;
        _stft = new Stft(new StftSettings(options.FftSize, options.HopLength));
        UNetShape shape = new(options.Channels, options.Widths, options.Kernel, options.Dropout, Epsilon: options.Epsilon);
        _unet = Child("unet", new SpectrogramUNet(shape, init));
        int rows = SingleBins + GroupCount;
        if (rows % _unet.Multiple != 0 || (Bins - SingleBins) % options.BinsPerGroup != 0)
        {
            throw new ArgumentException($"u-net: {options.Widths.Count} levels expect a multiple of {_unet.Multiple} rows, got {SingleBins} single bins and {Bins - SingleBins} in groups of {options.BinsPerGroup}.");
        }
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => _options.Channels;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources { get; } = ["vocals", "accompaniment"];

    /// <inheritdoc/>
    public override int SegmentSamples => ((4 * _options.PatchFrames) - 1) * _options.HopLength;

    /// <inheritdoc/>
    public override int ContextSamples => _options.PatchFrames / 2 * _options.HopLength;

    /// <inheritdoc/>
    public override int ExcerptSamples => (_options.PatchFrames - 1) * _options.HopLength;

    private int Bins => _options.FftSize / 2; // without DC

    private int SingleBins => _options.SingleBins == 0 ? Bins : _options.SingleBins;

    private int GroupCount => (Bins - SingleBins) / _options.BinsPerGroup;

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        int samples = mixture.Size(2);

        // With less than half overlapping, the samples behind the last frame's centre lie under a window's foot or under none,
        // and dividing by it would amplify whatever the mask left there: let one more frame reach them.
        int tail = 2 * _options.HopLength > _options.FftSize ? _options.FftSize : 0;
        Tensor spectrum = mixture.PadZeros(2, 0, tail).Stft(_stft);             // [2, batch, channels, bins + 1, frames]
        Tensor mask = spectrum.Recycling(s => Decided(Mask(mixture, Magnitudes(s))).PadZeros(2, 1, 0)); // DC belongs to the accompaniment
        Tensor vocals = spectrum.Recycling(s => (s * mask.Unsqueeze(0)).InverseStft(_stft, samples)); // [batch, channels, samples]
        return Tensor.Stack(1, vocals, mixture - vocals);
    }

    /// <summary>Without the frame behind the excerpt's end, which only a song's last segment needs.</summary>
    internal override void CountedPass(Tensor excerpt) => Mask(excerpt, Magnitudes(excerpt.Stft(_stft)));

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch)
    {
        Tensor gain = Gain(batch.Mixture);                                      // levels every excerpt's loss
        Tensor mixture = Magnitudes(batch.Mixture.Stft(_stft));
        Tensor vocals = Magnitudes(batch.Sources.Select(1, 0).Stft(_stft));
        Tensor mask = Mask(batch.Mixture, mixture);
        Tensor known = batch.KnownFrequencies(Enumerable.Range(1, Bins).Select(bin => (float)bin * _options.SampleRate / _options.FftSize));
        Tensor weight = known.Reshape(-1, 1, Bins, 1) * gain.Unsqueeze(-1);     // [batch, 1, bins, 1]
        Tensor loss = Tensor.L1Loss(mask * mixture, vocals, weight);
        if (!_options.LearnsAccompaniment)
        {
            return loss;
        }

        Tensor accompaniment = Magnitudes(batch.Sources.Select(1, 1).Stft(_stft));
        return loss + Tensor.L1Loss((1f - mask) * mixture, accompaniment, weight);
    }

    /// <summary>The soft mask of the vocals, [batch, channels, bins, frames] without DC.</summary>
    private Tensor Mask(Tensor mixture, Tensor magnitudes)
    {
        int frames = magnitudes.Size(3);
        int missing = (_unet.Multiple - (frames % _unet.Multiple)) % _unet.Multiple;
        Tensor x = magnitudes.Recycling(m => Fold(Level(mixture, m)).PadZeros(3, 0, missing));
        return Unfold(_unet.Forward(x).Slice(3, 0, frames)).LaidOutLike(magnitudes);
    }

    // No number of single precision is closer to one half than what the factor brings to 1.
    private Tensor Decided(Tensor mask) => _options.HasHardMask ? ((mask - 0.5f) * 1e9f).Clamp(0, 1) : mask;

    private Tensor Level(Tensor mixture, Tensor magnitudes)
    {
        if (_options.Leveling == Leveling.Maximum)
        {
            Tensor peak = magnitudes.Detach().Reshape(magnitudes.Size(0), -1).Max(1).Reshape(-1, 1, 1, 1);
            return magnitudes / Tensor.Maximum(peak, mixture.Engine.Full(Silence, 1));
        }

        return (magnitudes * (Gain(mixture).Unsqueeze(-1) * LogGain)).Log1p();
    }

    /// <summary>Factor that brings each excerpt to the target level, [batch, 1, 1].</summary>
    private static Tensor Gain(Tensor mixture)
    {
        Tensor rms = mixture.Detach().Square().Mean(1, 2).Sqrt();
        return mixture.Engine.Full(TargetRms, 1) / (rms + Silence);
    }

    /// <summary>Rows the network sees: single bins, then means of groups.</summary>
    private Tensor Fold(Tensor x)
    {
        if (GroupCount == 0)
        {
            return x;
        }

        Tensor groups = x.Slice(2, SingleBins, Bins - SingleBins)
            .Reshape(x.Size(0), x.Size(1), GroupCount, _options.BinsPerGroup, x.Size(3)).Mean(3)
            .Reshape(x.Size(0), x.Size(1), GroupCount, x.Size(3));
        return Tensor.Concat(2, x.Slice(2, 0, SingleBins), groups);
    }

    /// <summary>The opposite of <see cref="Fold"/>: every bin of a group takes the group's mask.</summary>
    private Tensor Unfold(Tensor mask)
    {
        if (GroupCount == 0)
        {
            return mask;
        }

        Tensor groups = mask.Slice(2, SingleBins, GroupCount).Unsqueeze(3)
            .BroadcastTo(mask.Size(0), mask.Size(1), GroupCount, _options.BinsPerGroup, mask.Size(3))
            .Reshape(mask.Size(0), mask.Size(1), Bins - SingleBins, mask.Size(3));
        return Tensor.Concat(2, mask.Slice(2, 0, SingleBins), groups);
    }

    private static Tensor Magnitudes(Tensor spectrum) =>
        Tensor.Hypotenuse(spectrum.Select(0, 0), spectrum.Select(0, 1)).Slice(2, 1, spectrum.Size(3) - 1);
}
