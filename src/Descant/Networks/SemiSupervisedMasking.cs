using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Networks;

/// <summary>A masking network that learns without seeing a mixture and its parts together: from mixtures, from accompaniments of other songs, and from two adversaries.</summary>
/// <remarks>
/// Michelashvili, Benaim and Wolf, "Semi-supervised monaural singing voice separation with a masking network trained on synthetic
/// mixtures", ICASSP 2019, with the numbers of its code (sagiebenaim/Singing, vocals_new.yaml). The generator masks the accompaniment;
/// the rest is the voice. Mixing a voice found so with another song's accompaniment gives a synthetic mixture whose parts are known.
/// One discriminator compares found accompaniments with real ones, the other synthetic mixtures with real ones.
/// Deviations: the accompaniments of a batch are those of its other excerpts, so a batch needs at least two; instances are normalised by
/// their own statistics in separation, too; images are brought to level one by one, because a stream has no whole song.
/// </remarks>
public sealed class SemiSupervisedMasking : Network
{
    private const float Silence = 1e-4f;
    private const int LeastFrames = 4;        // at the generator's middle, whose edges are mirrored
    private const float FilterDeviation = 10; // of space (in bins) and of value: cv2.bilateralFilter(mask, 3, 10, 10)
    private static readonly (int Row, int Column)[] s_neighbours = [(0, 1), (2, 1), (1, 0), (1, 2)];

    private readonly SemiSupervisedMaskingOptions _options;
    private readonly Stft _stft;
    private readonly MaskGenerator _generator;
    private readonly MultiScaleDiscriminator _ofAccompaniments;
    private readonly MultiScaleDiscriminator _ofMixtures;

    /// <summary>Builds the network with fresh weights.</summary>
    public SemiSupervisedMasking(SemiSupervisedMaskingOptions options, Initializer init)
    {
        _options = options;
        _stft = new Stft(new StftSettings(options.FftSize, options.HopLength));
        _generator = Child("generator", new MaskGenerator(options.Width, options.DownSamplings, options.ResidualBlocks, init));
        MultiScaleDiscriminator Discriminator() => new(options.DiscriminatorWidth, options.DiscriminatorLayers, options.Scales, init);
        _ofAccompaniments = Child("accompaniments", Discriminator());
        _ofMixtures = Child("mixtures", Discriminator());
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources { get; } = ["vocals", "accompaniment"];

    /// <inheritdoc/>
    public override int SegmentSamples => ExcerptSamples;

    /// <inheritdoc/>
    public override int ContextSamples => _options.ContextFrames * _options.HopLength;

    /// <inheritdoc/>
    public override int ExcerptSamples => (_options.ImageFrames - 1) * _options.HopLength;

    /// <summary>First the discriminators, then the generator.</summary>
    public override IReadOnlyList<Objective> Objectives =>
    [
        new("discriminators", [.. Parameters.Where(p => !IsOfGenerator(p))], DiscriminatorLoss),
        new("generator", [.. Parameters.Where(IsOfGenerator)], GeneratorLoss),
    ];

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        Tensor spectrum = mixture.Stft(_stft);                                                  // [2, batch, 1, bins + 1, frames]
        int batch = mixture.Size(0), frames = spectrum.Size(4), rows = _options.FftSize / 2;
        int step = LeastFrames << _options.DownSamplings;                                       // what is shorter than an image stays shorter
        int width = Math.Min(_options.ImageFrames, (frames + step - 1) / step * step), images = (frames + width - 1) / width;
        Tensor padded = Image(spectrum).PadZeros(3, 0, (images * width) - frames);
        Tensor apart = padded.Reshape(batch, rows, images, width).Permute(0, 2, 1, 3).Reshape(batch * images, 1, rows, width);
        Tensor masks = Smooth(Sharpen(_generator.Forward(apart.Affine(2, -1))));
        Tensor mask = masks.Reshape(batch, images, rows, width).Permute(0, 2, 1, 3).Reshape(batch, 1, rows, images * width).Slice(3, 0, frames);
        Tensor vocals = (spectrum * (1f - mask).PadZeros(2, 0, 1).Unsqueeze(0)).InverseStft(_stft, mixture.Size(2));
        return Tensor.Stack(1, vocals, mixture - vocals);
    }

    /// <summary>The reconstructions alone: of an accompaniment from itself, and of both parts from a synthetic mixture.</summary>
    public override Tensor Loss(TrainingBatch batch) => Play(batch).Reconstruction;

    private static bool IsOfGenerator(Parameter parameter) => parameter.Name.StartsWith("generator.", StringComparison.Ordinal);

    private Tensor GeneratorLoss(TrainingBatch batch)
    {
        Round round = Play(batch);
        Tensor adversaries = _ofAccompaniments.Error(round.Found.Affine(2, -1), 1) + _ofMixtures.Error(round.Synthetic.Affine(2, -1), 1);
        return round.Reconstruction + (adversaries * _options.AdversarialWeight);
    }

    private Tensor DiscriminatorLoss(TrainingBatch batch)
    {
        (Tensor mixture, Tensor accompaniment) = Images(batch);
        Tensor found = Mask(mixture) * mixture;                                                 // not recorded: the generator stays
        Tensor synthetic = (mixture - found + accompaniment).Clamp(0, 1);
        Tensor Real(Tensor image) => image.Affine(2, -1).On(batch.Mixture.Engine);
        Tensor error = _ofAccompaniments.Error(Real(found), 0) + _ofAccompaniments.Error(Real(accompaniment), 1)
            + _ofMixtures.Error(Real(synthetic), 0) + _ofMixtures.Error(Real(mixture), 1);
        return error * _options.AdversarialWeight;
    }

    /// <summary>One round of the generator over a batch; images in [0, 1].</summary>
    private Round Play(TrainingBatch batch)
    {
        (Tensor mixture, Tensor other) = Images(batch);
        Engine tape = batch.Mixture.Engine;
        Tensor found = Mask(mixture.On(tape)) * mixture;
        Tensor voice = mixture - found;
        Tensor synthetic = (voice + other).Clamp(0, 1);
        Tensor foundAgain = Mask(synthetic) * synthetic;
        Tensor voiceAgain = synthetic - foundAgain;
        Tensor ofOther = Mask(other.On(tape)) * other, ofFound = Mask(found) * found;
        Tensor errors = Tensor.L1Loss(ofOther, other).Reshape() + Tensor.L1Loss(voiceAgain, voice).Reshape()
            + Tensor.L1Loss(foundAgain, other).Reshape() + Tensor.L1Loss(ofFound, found).Reshape();
        return new Round(found, synthetic, errors * (2 * _options.ReconstructionWeight));      // images span 2 in the paper: −1 to 1
    }

    /// <summary>Images of the mixtures and of other excerpts' accompaniments, off the tape.</summary>
    private (Tensor Mixture, Tensor Accompaniment) Images(TrainingBatch batch)
    {
        Tensor own = Image(batch.Sources.Select(1, 1).Detach().Stft(_stft));
        int count = own.Size(0);
        Tensor others = count == 1 ? own : Tensor.Concat(0, own.Slice(0, 1, count - 1), own.Slice(0, 0, 1));
        return (Image(batch.Mixture.Detach().Stft(_stft)), others);
    }

    /// <summary>The mask of the accompaniment of images in [0, 1].</summary>
    private Tensor Mask(Tensor image) => _generator.Forward(image.Affine(2, -1));

    /// <summary>Magnitudes without the highest bin as an image in [0, 1], [batch, 1, bins, frames].</summary>
    private Tensor Image(Tensor spectrum)
    {
        Tensor magnitudes = Tensor.Hypotenuse(spectrum.Select(0, 0), spectrum.Select(0, 1)).Slice(2, 0, _options.FftSize / 2);
        Tensor peak = magnitudes.Reshape(magnitudes.Size(0), -1).Max(1).Reshape(-1, 1, 1, 1);
        return (magnitudes / Tensor.Maximum(peak, magnitudes.Engine.Full(Silence, 1))).Pow(_options.Power);
    }

    private Tensor Sharpen(Tensor mask) => mask.Pow(_options.Sharpness);

    /// <summary>A bilateral filter over a bin and its four neighbours: the mean, weighted by nearness in place and in value.</summary>
    /// <remarks>Tomasi and Manduchi, ICCV 1998.</remarks>
    private static Tensor Smooth(Tensor mask)
    {
        const float Exponent = -1 / (2 * FilterDeviation * FilterDeviation);
        Tensor mirrored = mask.PadReflect(2, 1, 1).PadReflect(3, 1, 1);
        Tensor sum = mask, weights = mask.Engine.Full(1, 1, 1, 1, 1);
        foreach ((int row, int column) in s_neighbours)
        {
            Tensor neighbour = mirrored.Slice(2, row, mask.Size(2)).Slice(3, column, mask.Size(3));
            Tensor weight = (((neighbour - mask).Square() + 1f) * Exponent).Exp();
            sum += neighbour * weight;
            weights += weight;
        }

        return sum / weights;
    }

    private sealed record Round(Tensor Found, Tensor Synthetic, Tensor Reconstruction);
}
