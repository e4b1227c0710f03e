using Descant.Datasets;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Fourier;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>Open-Unmix: a network along time that multiplies the mixture's magnitudes by a mask, for one target; what remains is the residual.</summary>
/// <remarks>
/// Stöter, Uhlich, Liutkus and Mitsufuji, "Open-Unmix - a reference implementation for music source separation", JOSS 2019, and the
/// variants of S1 (George et al.) §2: another loss, a transformer in place of the recurrent layers. Parameter names are those of the
/// public implementation, so its checkpoints fit. Deviations: training frames are centred like those of separation; the loss ignores
/// the bins that an excerpt's storage took away; the mask acts on the complex mixture, which is the magnitude with the mixture's phase;
/// the scaling of the input is measured on 400 mixed examples, not on every track in full. The transformer variant keeps the last batch
/// norm and the output's scale, as S1's code does; its figure 4 draws neither.
/// </remarks>
public sealed class OpenUnmix : Network
{
    private readonly OpenUnmixOptions _options;
    private readonly Stft _stft;
    private readonly Tensor _inputMean;
    private readonly Tensor _inputScale;
    private readonly Tensor _outputScale;
    private readonly Tensor _outputMean;
    private readonly Linear _encode;
    private readonly BatchNorm _encodeNorm;
    private readonly Lstm? _lstm;
    private readonly Transformer? _transformer;
    private readonly Linear _decode;
    private readonly BatchNorm _decodeNorm;
    private readonly Linear _output;
    private readonly BatchNorm _outputNorm;

    /// <summary>Builds the network with fresh weights.</summary>
    public OpenUnmix(OpenUnmixOptions options, Initializer init)
    {
        _options = options;
        _stft = new Stft(new StftSettings(options.FftSize, options.HopLength));
        int seen = options.SeenBins, hidden = options.Hidden;
        _inputMean = Learn("input_mean", init.Full(0, seen));
        _inputScale = Learn("input_scale", init.Full(1, seen));
        _outputScale = Learn("output_scale", init.Full(1, options.Bins));
        _outputMean = Learn("output_mean", init.Full(1, options.Bins));
        _encode = Child("fc1", new Linear(options.Channels * seen, hidden, init, bias: false));
        _encodeNorm = Child("bn1", new BatchNorm(hidden, init));
        if (options.Architecture == OpenUnmixArchitecture.Lstm)
        {
            _lstm = Child("lstm", new Lstm(hidden, hidden / 2, init, options.Layers, isBidirectional: true, options.Dropout));
        }
        else
        {
            _transformer = Child("transformer", new Transformer(hidden, options.Heads, options.FeedForward, options.EncoderLayers, options.DecoderLayers, options.Dropout, init));
        }

        _decode = Child("fc2", new Linear(2 * hidden, hidden, init, bias: false));
        _decodeNorm = Child("bn2", new BatchNorm(hidden, init, slope: 0));
        _output = Child("fc3", new Linear(hidden, options.Channels * options.Bins, init, bias: false));
        _outputNorm = Child("bn3", new BatchNorm(options.Channels * options.Bins, init, slope: 0));
        Sources = [options.Target, options.Residual ?? SourceNames.RestOf(options.Target)];
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => _options.Channels;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources { get; }

    /// <inheritdoc/>
    public override int SegmentSamples => (_options.SegmentFrames - 1) * _options.HopLength;

    /// <inheritdoc/>
    public override int ContextSamples => Math.Min(64, _options.SegmentFrames / 8) * _options.HopLength;

    /// <inheritdoc/>
    public override int ExcerptSamples => (_options.ExcerptFrames - 1) * _options.HopLength;

    /// <summary>Sets the input's first standardisation: −mean and 1/deviation of the training set's magnitudes, bin by bin.</summary>
    /// <param name="mean">Mean magnitude over training tracks and channels, at least as many bins as the network sees.</param>
    /// <param name="deviation">Standard deviation likewise; floored at 10⁻⁴ of its maximum.</param>
    public void Standardise(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation)
    {
        int seen = _options.SeenBins;
        if (mean.Length < seen || deviation.Length < seen)
        {
            throw new ArgumentException($"standardise: expects {seen} bins, got {mean.Length} means and {deviation.Length} deviations.");
        }

        float floor = 0;
        for (int bin = 0; bin < seen; bin++)
        {
            floor = Math.Max(floor, 1e-4f * deviation[bin]);
        }

        float[] offsets = new float[seen], scales = new float[seen];
        for (int bin = 0; bin < seen; bin++)
        {
            offsets[bin] = -mean[bin];
            scales[bin] = 1 / Math.Max(deviation[bin], Math.Max(floor, float.Epsilon));
        }

        _inputMean.Assign(offsets);
        _inputScale.Assign(scales);
    }

    /// <summary>Standardises the input of a network that was not trained yet by the excerpts' magnitudes: the mean over channels, bin by bin.</summary>
    public override void Measure(IEnumerable<TrainingBatch> examples)
    {
        if (_inputMean.ToArray().Any(value => value != 0) || _inputScale.ToArray().Any(value => value != 1))
        {
            return; // it has learnt from these values since
        }

        double[] sums = new double[_options.Bins], squares = new double[_options.Bins];
        long frames = 0;
        foreach (TrainingBatch example in examples)
        {
            Tensor magnitudes = Magnitudes(example.Mixture.Stft(_stft)).Mean(2);   // [frames, batch, 1, bins]
            frames += magnitudes.ElementCount / _options.Bins;
            Add(sums, magnitudes.Sum(0, 1));
            Add(squares, magnitudes.Square().Sum(0, 1));
        }

        Standardise(
            [.. sums.Select(sum => (float)(sum / frames))],
            [.. sums.Zip(squares, (sum, square) => (float)Math.Sqrt(Math.Max(0, (square / frames) - (sum / frames * (sum / frames)))))]);

        static void Add(double[] total, Tensor addend)
        {
            float[] values = addend.ToArray();
            for (int bin = 0; bin < total.Length; bin++)
            {
                total[bin] += values[bin];
            }
        }
    }

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        Tensor spectrum = mixture.Stft(_stft);                                          // [2, batch, channels, bins, frames]
        Tensor target = Waveform(spectrum, Mask(Magnitudes(spectrum)), mixture.Size(2));
        return Tensor.Stack(1, target, mixture - target);
    }

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch)
    {
        Tensor spectrum = batch.Mixture.Stft(_stft), waveform = batch.Sources.Select(1, 0);
        Tensor mixture = Magnitudes(spectrum), mask = Mask(mixture);
        Tensor estimate = mask * mixture, target = Magnitudes(waveform.Stft(_stft));
        if (batch.BandwidthHz.Any(hz => hz < SampleRate / 2f))
        {
            Tensor weight = batch.KnownFrequencies(Enumerable.Range(0, _options.Bins).Select(bin => (float)bin * SampleRate / _options.FftSize))
                .Reshape(1, -1, 1, _options.Bins);
            (estimate, target) = (estimate * weight, target * weight);
        }

        return _options.Loss switch
        {
            OpenUnmixLoss.L1 => Tensor.L1Loss(estimate, target),
            OpenUnmixLoss.Mse => Tensor.MseLoss(estimate, target),
            _ => (Tensor.MseLoss(estimate, target).Reshape() * 0.9f) + (Tensor.MseLoss(Waveform(spectrum, mask, batch.Mixture.Size(2)), waveform).Reshape() * 0.1f),
        };
    }

    /// <summary>Estimates the target's magnitudes.</summary>
    /// <param name="mixture">Magnitudes of the mixture, [frames, batch, channels, bins], ≥ 0.</param>
    /// <returns>Same shape, ≥ 0.</returns>
    public Tensor Forward(Tensor mixture) => Mask(mixture) * mixture;

    /// <summary>The factor of every magnitude, ≥ 0, in the mixture's shape.</summary>
    private Tensor Mask(Tensor mixture)
    {
        Tensor x = mixture.IsRecorded ? Encode(mixture) : EncodeFolded(mixture);        // [frames, batch, hidden]
        Tensor alongTime = _lstm is not null ? _lstm.Forward(x) : Transform(x);
        return (mixture.IsRecorded ? Decode(x, alongTime) : DecodeFolded(x, alongTime)).Reshape(mixture.Shape);
    }

    private Tensor Transform(Tensor x)
    {
        Tensor sequence = x.Transpose(0, 1);                                            // [batch, frames, hidden]
        if (_options.HasPositions)
        {
            sequence += PositionalEncoding.Sinusoidal(x.Engine, x.Size(0), x.Size(2));
        }

        // The same sequence on both sides: never the target's spectrogram, which one branch of S1's code feeds to the decoder.
        return _transformer!.Forward(sequence, sequence).Transpose(0, 1);               // built when there is no _lstm
    }

    /// <summary>tanh(norm(fc1((x + mean) · scale))), the standardisation drawn into the weights: x itself is read where it lies.</summary>
    private Tensor Encode(Tensor mixture)
    {
        Engine engine = mixture.Engine;
        Tensor standardised = _encode.Weight.On(engine).Reshape(_options.Hidden, _options.Channels, -1) * _inputScale.On(engine);
        Tensor offset = (standardised * _inputMean.On(engine)).Sum(1, 2).Reshape(_options.Hidden);
        Tensor y = Tensor.LinearJoined(SeenChannels(mixture), standardised.Reshape(_options.Hidden, -1), offset);
        return Rows(y, _encodeNorm.Forward).Tanh();
    }

    private Tensor Decode(Tensor x, Tensor alongTime)
    {
        Engine engine = x.Engine;
        Tensor y = Rows(Tensor.LinearJoined([x, alongTime], _decode.Weight), _decodeNorm.Forward);
        Tensor outputScale = _outputScale.On(engine), weight = _outputNorm.Weight.On(engine), bias = _outputNorm.Bias.On(engine);
        return Rows(_output.Forward(y), z => _outputNorm.Train(
            z,
            (weight.Reshape(Channels, -1) * outputScale).Reshape(-1),
            ((bias.Reshape(Channels, -1) * outputScale) + _outputMean.On(engine)).Reshape(-1)));
    }

    private Tensor EncodeFolded(Tensor mixture)
    {
        long version = _encodeNorm.Version + _encode.Weight.Storage.Version + _inputMean.Storage.Version + _inputScale.Storage.Version;
        Folded f = _encode.Weight.Storage.Derived.Get<Folded>(this, version, _ => FoldEncoder());
        return Tensor.LinearJoined(SeenChannels(mixture), f.Weight, f.Bias, f.Scale, Activation.Tanh);
    }

    private Tensor DecodeFolded(Tensor x, Tensor alongTime)
    {
        (Tensor scale, Tensor shift) = _decodeNorm.Fixed();
        Tensor y = Tensor.LinearJoined([x, alongTime], _decode.Weight, shift, scale, Activation.Relu);
        long version = _outputNorm.Version + _outputScale.Storage.Version + _outputMean.Storage.Version;
        Folded f = _outputScale.Storage.Derived.Get<Folded>(this, version, _ => FoldOutput());
        return y.Linear(_output.Weight, f.Bias, f.Scale, Activation.Relu);
    }

    /// <summary>fc1 with the input's standardisation: a parameter like the one it replaces, so that its packed form is kept.</summary>
    private Folded FoldEncoder()
    {
        (Tensor scale, Tensor shift) = _encodeNorm.Fixed();
        Tensor weight = _encode.Weight.Reshape(_options.Hidden, _options.Channels, -1) * _inputScale;
        Tensor offset = (weight * _inputMean).Sum(1, 2).Reshape(_options.Hidden);
        return new Folded(weight.Engine.Parameter(weight.ToArray(), _options.Hidden, weight.ElementCount / _options.Hidden), scale, (scale * offset) + shift);
    }

    /// <summary>The normalisation behind fc3 with the output's scale and mean.</summary>
    private Folded FoldOutput()
    {
        (Tensor scale, Tensor shift) = _outputNorm.Fixed();
        Tensor outputScale = _outputScale;
        return new Folded(
            _output.Weight,
            (scale.Reshape(Channels, -1) * outputScale).Reshape(-1),
            ((shift.Reshape(Channels, -1) * outputScale) + _outputMean).Reshape(-1));
    }

    private Tensor[] SeenChannels(Tensor mixture)
    {
        Tensor seen = mixture.Slice(3, 0, _options.SeenBins);
        return [.. Enumerable.Range(0, Channels).Select(channel => seen.Select(2, channel))];
    }

    /// <summary>The masked mixture with the mixture's phase, [batch, channels, samples].</summary>
    private Tensor Waveform(Tensor spectrum, Tensor mask, int samples) =>
        (spectrum * mask.Permute(1, 2, 3, 0).Unsqueeze(0)).InverseStft(_stft, samples);

    private static Tensor Rows(Tensor x, Func<Tensor, Tensor> layer) => layer(x.Reshape(-1, x.Size(-1))).Reshape(x.Shape);

    /// <summary>Magnitudes in the order of the network, [frames, batch, channels, bins].</summary>
    private static Tensor Magnitudes(Tensor spectrum) =>
        Tensor.Hypotenuse(spectrum.Select(0, 0), spectrum.Select(0, 1)).Permute(3, 0, 1, 2);

    private sealed record Folded(Tensor Weight, Tensor Scale, Tensor Bias);
}
