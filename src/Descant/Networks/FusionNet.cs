using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Networks;

/// <summary>S2's separator: a deep residual U-Net estimates the magnitudes of voice and music, whose ratio masks the mixture.</summary>
/// <remarks>
/// Li, Qian, Hasegawa-Johnson and Akagi, "Monaural Singing Voice Separation Using Fusion-Net with Time-Frequency Masking" (S2).
/// Equation 1 is the loss, taken as mean absolute errors; equation 2, the soft mask, is applied in separation, as the text says.
/// Magnitudes are divided by their maximum (Jansson et al. 2017), here of the segment. One bin does not fit table I's 512 rows, see
/// <see cref="FusionNetEdge"/>.
/// </remarks>
public sealed class FusionNet : Network
{
    private const float Silence = 1e-4f; // keeps the normalisation finite
    private const float Least = 1e-10f;

    private readonly FusionNetOptions _options;
    private readonly Stft _stft;
    private readonly IReadOnlyList<SummingUNet> _networks;

    /// <summary>Builds the network with fresh weights.</summary>
    public FusionNet(FusionNetOptions options, Initializer init)
    {
        _options = options;
        _stft = new Stft(new StftSettings(options.FftSize, options.HopLength));
        int count = options.HasNetworkPerSource ? 2 : 1;
        _networks = Children("network", Enumerable.Range(0, count).Select(_ => new SummingUNet(options.Variant, options.HasStridelessPools, options.Widths, 2 / count, init)));
        if (Bins % _networks[0].Multiple != 0)
        {
            throw new ArgumentException($"fusion-net: {options.Widths.Count} levels expect a multiple of {_networks[0].Multiple} bins and one, got {Bins} and one.");
        }
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources { get; } = ["vocals", "accompaniment"];

    /// <inheritdoc/>
    public override int SegmentSamples => (((4 * _options.PatchFrames) - 1) * _options.HopLength) - Tail;

    /// <inheritdoc/>
    public override int ContextSamples => _options.PatchFrames / 2 * _options.HopLength;

    /// <inheritdoc/>
    public override int ExcerptSamples => (_options.PatchFrames - 1) * _options.HopLength;

    private int Bins => _options.FftSize / 2; // without the unseen one

    private int LowestSeen => _options.Unseen == FusionNetEdge.Lowest ? 1 : 0;

    /// <summary>With less than half overlapping, one more frame must reach the last samples; see <see cref="MaskingUNet"/>.</summary>
    private int Tail => 2 * _options.HopLength > _options.FftSize ? _options.FftSize : 0;

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        Tensor spectrum = mixture.PadZeros(2, 0, Tail).Stft(_stft);             // [2, batch, 1, bins + 1, frames]
        Tensor estimates = Forward(Normalised(Magnitudes(spectrum), out _)).Relu() + Least; // equal halves where both are 0
        Tensor voice = estimates.Slice(1, 0, 1);
        Tensor mask = voice / (voice + estimates.Slice(1, 1, 1));
        Tensor unseen = mask.Engine.Full(LowestSeen == 1 ? 0f : 0.5f, mask.Size(0), 1, 1, mask.Size(3));
        mask = LowestSeen == 1 ? Tensor.Concat(2, unseen, mask) : Tensor.Concat(2, mask, unseen);
        Tensor vocals = (spectrum * mask.Unsqueeze(0)).InverseStft(_stft, mixture.Size(2));
        return Tensor.Stack(1, vocals, mixture - vocals);
    }

    /// <summary>Without the frame behind the excerpt's end, for which segments have room.</summary>
    internal override void CountedPass(Tensor excerpt) => Forward(Normalised(Magnitudes(excerpt.Stft(_stft)), out _));

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch)
    {
        Tensor estimates = Forward(Normalised(Magnitudes(batch.Mixture.Stft(_stft)), out Tensor peak));
        Tensor known = batch.KnownFrequencies(Enumerable.Range(LowestSeen, Bins).Select(bin => (float)bin * SampleRate / _options.FftSize)).Reshape(-1, 1, Bins, 1);
        Tensor Error(int source) => Tensor.L1Loss(
            estimates.Slice(1, source, 1), Magnitudes(batch.Sources.Select(1, source).Stft(_stft)) / peak, known);
        return Error(0) + Error(1);
    }

    /// <summary>Estimates the magnitudes of voice and music.</summary>
    /// <param name="magnitudes">Of the mixture, in [0, 1], [batch, 1, bins without the unseen one, frames]; any number of frames.</param>
    /// <returns>[batch, 2, bins, frames]; what is negative means 0.</returns>
    public Tensor Forward(Tensor magnitudes)
    {
        int frames = magnitudes.Size(3), multiple = _networks[0].Multiple;
        Tensor x = magnitudes.PadZeros(3, 0, (multiple - (frames % multiple)) % multiple);
        Tensor y = Tensor.Concat(1, [.. _networks.Select(network => network.Forward(x))]).Slice(3, 0, frames);
        return _options.Output == FusionNetOutput.Gains ? y * magnitudes : y;
    }

    private static Tensor Normalised(Tensor magnitudes, out Tensor peak)
    {
        peak = magnitudes.Detach().Reshape(magnitudes.Size(0), -1).Max(1).Reshape(-1, 1, 1, 1);
        peak = Tensor.Maximum(peak, magnitudes.Engine.Full(Silence, 1));
        return magnitudes / peak;
    }

    private Tensor Magnitudes(Tensor spectrum) =>
        Tensor.Hypotenuse(spectrum.Select(0, 0), spectrum.Select(0, 1)).Slice(2, LowestSeen, Bins);
}
