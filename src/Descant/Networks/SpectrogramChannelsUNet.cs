using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Fourier;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>S3's separator: a U-Net each of whose output channels is the magnitude spectrogram of one source.</summary>
/// <remarks>
/// Oh, Kim and Yun, "Spectrogram-Channels U-Net" (S3) §2. Figure 3, which gives levels and widths, is lost: the widths are those of
/// Jansson et al. 2017, on which §2.2 says the model is based. Estimates take the mixture's phase. The paper's 5 × 5 upsampling makes
/// 2n − 1 of n rows; one row of output padding makes 2n, so that encoder and decoder meet.
/// </remarks>
public sealed class SpectrogramChannelsUNet : Network
{
    private const float Silence = 1e-8f; // where the mixture has no magnitude it has no phase either

    private readonly SpectrogramChannelsUNetOptions _options;
    private readonly Stft _stft;
    private readonly IReadOnlyList<ConvBlock> _encoders;
    private readonly IReadOnlyList<ConvBlock> _upsamplers;
    private readonly IReadOnlyList<ConvBlock> _decoders;
    private readonly Conv2d _head;
    private float[] _lossWeights;

    /// <summary>Builds the network with fresh weights.</summary>
    public SpectrogramChannelsUNet(SpectrogramChannelsUNetOptions options, Initializer init)
    {
        _options = options;
        _stft = new Stft(new StftSettings(options.FftSize, options.HopLength));
        int sources = options.Sources.Count, levels = options.Widths.Count;
        _lossWeights = options.LossWeights.Count > 0 ? [.. options.LossWeights] : [.. Enumerable.Repeat(1f / sources, sources)];
        if (_lossWeights.Length != sources || _lossWeights.Any(weight => weight < 0) || _lossWeights.All(weight => weight == 0))
        {
            throw new ArgumentException($"spectrogram channels: {sources} sources expect as many loss weights of 0 or more, not all 0, or none; got {string.Join(", ", options.LossWeights)}.");
        }

        int Width(int level) => level < 0 ? 1 : options.Widths[level];
        _encoders = Children("encoder", Enumerable.Range(0, levels).Select(level =>
            ConvBlock.Down(new Conv2d(Width(level - 1), Width(level), 3, init, padding: 1), slope: 0, init)));
        int[] upwards = [.. Enumerable.Range(0, levels - 1).Reverse()];
        _upsamplers = Children("upsampler", upwards.Select(level =>
            ConvBlock.Up(new ConvTranspose2d(Width(level + 1), Width(level), 5, init, stride: 2, padding: 2, outputPadding: 1), slope: 0, init)));
        _decoders = Children("decoder", upwards.Select(level =>
            ConvBlock.Up(new ConvTranspose2d(2 * Width(level), Width(level), 3, init, padding: 1), slope: 0, init)));
        _head = Child("head", new Conv2d(Width(0), sources, 1, init));
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources => _options.Sources;

    /// <inheritdoc/>
    public override int SegmentSamples => _options.SegmentSamples;

    /// <inheritdoc/>
    public override int ContextSamples => _options.SegmentSamples / 20;

    /// <inheritdoc/>
    public override int ExcerptSamples => _options.ExcerptSamples;

    /// <summary>The loss's weight of each source, as given or as measured.</summary>
    public IReadOnlyList<float> LossWeights => _lossWeights;

    /// <summary>Balances the loss where no weights are given, S3 §3.1: α is inversely proportional to the mean of the 2-norms of a source's waveforms.</summary>
    /// <exception cref="InvalidDataException">A source is silent in all examples.</exception>
    public override void Measure(IEnumerable<TrainingBatch> examples)
    {
        if (_options.LossWeights.Count > 0)
        {
            return;
        }

        double[] norms = new double[Sources.Count];
        foreach (TrainingBatch example in examples)
        {
            float[] energies = example.Sources.Square().Sum(2, 3).ToArray();    // [batch, sources, 1, 1]
            for (int i = 0; i < energies.Length; i++)
            {
                norms[i % norms.Length] += Math.Sqrt(energies[i]);
            }
        }

        int silent = Array.FindIndex(norms, norm => norm == 0);
        if (silent >= 0)
        {
            throw new InvalidDataException($"balancing the loss: expected some {Sources[silent]} in the training data, got silence. Add recordings of it, or use a network with fixed weights.");
        }

        double sum = norms.Sum(norm => 1 / norm);
        _lossWeights = [.. norms.Select(norm => (float)(1 / (norm * sum)))];
    }

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        int samples = mixture.Size(2);
        Tensor spectrum = mixture.Stft(_stft);                                  // [2, batch, 1, bins, frames]
        Tensor magnitudes = Magnitudes(spectrum);                               // [batch, 1, bins, frames]
        Tensor gains = Forward(magnitudes) / (magnitudes + Silence);            // the magnitude with the mixture's phase is a gain of the mixture
        Tensor estimates = (spectrum * gains.Unsqueeze(0)).InverseStft(_stft, samples).Unsqueeze(2);
        Tensor[] learnt = [.. Enumerable.Range(0, Sources.Count).Where(source => _lossWeights[source] > 0).Select(source => estimates.Slice(1, source, 1))];
        Tensor? others = null;
        if (learnt.Length < Sources.Count)
        {
            others = mixture.Unsqueeze(1);
            others = learnt.Aggregate(others, (rest, estimate) => rest - estimate) * (1f / (Sources.Count - learnt.Length));
        }

        Queue<Tensor> inOrder = new(learnt);
        return Tensor.Concat(1, [.. _lossWeights.Select(weight => weight > 0 ? inOrder.Dequeue() : others!)]); // others stand in where a weight is 0
    }

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch)
    {
        Tensor estimates = Forward(Magnitudes(batch.Mixture.Stft(_stft)));
        int bins = estimates.Size(2);
        Tensor known = batch.KnownFrequencies(Enumerable.Range(0, bins).Select(bin => (float)bin * SampleRate / _options.FftSize)).Reshape(-1, 1, bins, 1);
        Tensor? loss = null;
        for (int source = 0; source < Sources.Count; source++)
        {
            if (_lossWeights[source] > 0)
            {
                Tensor target = Magnitudes(batch.Sources.Select(1, source).Stft(_stft));
                Tensor part = Tensor.L1Loss(estimates.Slice(1, source, 1), target, known) * _lossWeights[source];
                loss = loss is null ? part : loss + part;
            }
        }

        return loss!;                                                           // some weight is not 0
    }

    /// <summary>Estimates the sources' magnitudes.</summary>
    /// <param name="magnitudes">Of the mixture, [batch, 1, bins, frames]; any size.</param>
    /// <returns>[batch, sources, bins, frames], ≥ 0.</returns>
    public Tensor Forward(Tensor magnitudes)
    {
        int multiple = 1 << (_options.Widths.Count - 1), bins = magnitudes.Size(2), frames = magnitudes.Size(3);
        int missingBins = (multiple - (bins % multiple)) % multiple, missingFrames = (multiple - (frames % multiple)) % multiple;
        Tensor x = magnitudes
            .PadZeros(2, missingBins / 2, missingBins - (missingBins / 2))
            .PadZeros(3, missingFrames / 2, missingFrames - (missingFrames / 2));
        Stack<Tensor> skips = new();
        for (int level = 0; level < _encoders.Count; level++)
        {
            skips.Push(x = _encoders[level].Forward(level == 0 ? x : x.MaxPool2d(2)));
        }

        skips.Pop();                                                            // the deepest map is not its own skip
        for (int i = 0; i < _decoders.Count; i++)
        {
            x = _upsamplers[i].Forward(x).Dropout(_options.Dropout);
            x = _decoders[i].Forward(x, skips.Pop());
        }

        return _head.Forward([x], Activation.Relu).Slice(2, missingBins / 2, bins).Slice(3, missingFrames / 2, frames);
    }

    private static Tensor Magnitudes(Tensor spectrum) => Tensor.Hypotenuse(spectrum.Select(0, 0), spectrum.Select(0, 1));
}
