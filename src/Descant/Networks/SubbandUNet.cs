using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Networks;

/// <summary>
/// Our product network: a U-Net over the spectrum's subbands stacked as channels, with linear layers that see whole columns,
/// recurrent layers along rows and frames at its bottom, and a complex mask for each channel of each source but the last.
/// </summary>
/// <remarks>
/// What it takes from whom: the U-Net of S0 (Jansson et al. 2017); frequency layers between convolutions from Choi et al., "Investigating
/// U-Nets with various intermediate blocks for spectrogram-based singing voice separation", ISMIR 2020; recurrent layers along both axes
/// from Luo and Yu, "Music source separation with band-split RNN", 2022. Ours: compressed magnitudes of left, right, middle and side beside
/// the complex spectrum, and batch normalisation throughout, because it vanishes into the convolutions when separating.
/// <c>tools/twin/subband_unet.py</c> is the same network in PyTorch, under the same parameter names.
/// </remarks>
public sealed class SubbandUNet : Network
{
    internal const float Slope = 0.1f;
    private const float TargetRms = 0.1f;
    private const float Silence = 1e-4f; // keeps the gain finite; about −80 dBFS
    private const float OctaveLowHz = 11000;
    private const float OctaveHighHz = 15000;
    private const float OctaveFloor = 1e-6f; // mean square at the working level, −60 dBFS
    private const float SilenceFloor = 1e-4f; // of the mixture's power, −40 dB
    private const int Views = 8; // magnitudes of left, right, middle, side; real and imaginary parts of left and right

    private readonly SubbandUNetOptions _options;
    private readonly Stft _stft;
    private readonly Tensor _inputScale;
    private readonly ConvBlock _stem;
    private readonly IReadOnlyList<Stage> _encoder;
    private readonly IReadOnlyList<ConvBlock> _down;
    private readonly Stage _bottom;
    private readonly IReadOnlyList<RecurrentPath> _alongRows;
    private readonly IReadOnlyList<RecurrentPath> _alongFrames;
    private readonly IReadOnlyList<ConvBlock> _up;
    private readonly IReadOnlyList<Stage> _decoder;
    private readonly Conv2d _head;

    /// <summary>Builds the network with fresh weights.</summary>
    public SubbandUNet(SubbandUNetOptions options, Initializer init)
    {
        _options = options;
        _stft = new Stft(new StftSettings(options.FftSize, options.HopLength));
        IReadOnlyList<int> widths = options.Widths;
        int levels = widths.Count;
        if (options.Subbands < 1 || Bins % options.Subbands != 0 || Rows % Multiple != 0)
        {
            throw new ArgumentException($"subband u-net: {levels} levels expect a multiple of {Multiple} rows in each subband, got {Bins} bins in {options.Subbands} subbands.");
        }

        IEnumerable<int> inner = Enumerable.Range(0, levels - 1);
        Stage Column(int inputs, int level) => new(inputs, widths[level], Rows >> level, options.Bottleneck, init);

        // Of the order in which PyTorch's twin registers its parts.
        _inputScale = Keep("input_scale", init.Kept(1, Bins));
        _stem = Child("stem", ConvBlock.Down(new Conv2d(Views * options.Subbands, widths[0], 3, init, padding: 1, bias: false), Slope, init));
        _encoder = Children("encoder", inner.Select(i => Column(widths[i], i)));
        _down = Children("down", inner.Select(i => ConvBlock.Down(new Conv2d(widths[i], widths[i + 1], 2, init, stride: 2, bias: false), Slope, init)));
        _bottom = Child("bottom", Column(widths[^1], levels - 1));
        _alongRows = Children("along_rows", Enumerable.Range(0, options.Paths).Select(_ => new RecurrentPath(widths[^1], options.Hidden, init)));
        _alongFrames = Children("along_frames", Enumerable.Range(0, options.Paths).Select(_ => new RecurrentPath(widths[^1], options.Hidden, init)));
        _up = Children("up", inner.Select(i => ConvBlock.Up(new ConvTranspose2d(widths[i + 1], widths[i], 2, init, stride: 2, bias: false), Slope, init)));
        _decoder = Children("decoder", inner.Select(i => Column(2 * widths[i], i)));
        _head = Child("head", new Conv2d(widths[0], Masks * 4 * options.Subbands, 1, init));
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => 2;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources => _options.Targets;

    /// <inheritdoc/>
    public override int SegmentSamples => (_options.SegmentFrames - 1) * _options.HopLength;

    /// <inheritdoc/>
    public override int ContextSamples => _options.SegmentFrames / 20 * _options.HopLength; // an eighth scores no better (docs/experiments.md)

    /// <inheritdoc/>
    public override int ExcerptSamples => (_options.ExcerptFrames - 1) * _options.HopLength;

    private int Bins => _options.FftSize / 2; // without the Nyquist bin, which belongs to the last source

    private int Rows => Bins / _options.Subbands;

    private int Masks => _options.Targets.Count - 1;

    private int Multiple => 1 << (_options.Widths.Count - 1);

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        (int batch, int samples) = (mixture.Size(0), mixture.Size(2));
        Tensor waves = mixture.Recycling(m => Estimate(m).InverseStft(_stft, samples)).Reshape(batch, Masks, 2, samples);
        return Tensor.Concat(1, waves, mixture.Unsqueeze(1) - waves.Sum(1).Reshape(batch, 1, 2, samples));
    }

    /// <summary>
    /// Mean absolute error of the waveforms plus half that of the spectra, every excerpt at the same level and only up to the frequency
    /// to which it is true. With one mask the last source's error is the first one's; with more it counts beside them. Where the options
    /// weigh them, the levels of the highest octave and of what is estimated for silent sources count too: an absolute error alone makes
    /// what is uncertain too quiet, as consonants are, and lets what is faint stay.
    /// </summary>
    public override Tensor Loss(TrainingBatch batch)
    {
        (int items, int samples) = (batch.Mixture.Size(0), batch.Mixture.Size(2));
        Tensor target = batch.Sources.Slice(1, 0, Masks).Reshape(items, Masks * 2, samples).Stft(_stft);
        Tensor weight = Known(batch) * Gain(batch.Mixture).Reshape(1, items, 1, 1, 1);
        Tensor estimate = Estimate(batch.Mixture);
        Tensor error = (estimate - target) * weight;
        int parts = Masks;
        if (Masks > 1)
        {
            Tensor remaining = error.Reshape(2, items, Masks, 2, Bins + 1, -1).Sum(2).Reshape(2, items, 2, Bins + 1, -1);
            error = Tensor.Concat(2, error, remaining);
            parts++;
        }

        // A mean over the bins below the Nyquist bin; Σw² of a Hann window makes it comparable to the waveforms' error.
        float perBin = (Bins + 1f) / Bins * 0.5f / MathF.Sqrt(_options.FftSize * 0.375f);
        Tensor spectral = Tensor.Hypotenuse(error.Select(0, 0), error.Select(0, 1)).Mean().Reshape() * perBin;
        Tensor loss = error.InverseStft(_stft, samples).Abs().Mean().Reshape() + spectral;
        if (_options.OctaveWeight > 0)
        {
            loss += OctaveDistance(estimate * weight, target * weight, batch) * _options.OctaveWeight;
        }

        if (_options.SilenceWeight > 0)
        {
            loss += SilentLevel(estimate * weight, target * weight, batch.Mixture.Detach().Stft(_stft) * weight) * _options.SilenceWeight;
        }

        return loss;
    }

    /// <summary>Mean distance of the levels between 11 and 15 kHz, in powers of ten, by source and frame; 0 for excerpts that end below.</summary>
    private Tensor OctaveDistance(Tensor estimate, Tensor target, TrainingBatch batch)
    {
        (int low, int high) = (FirstBin(OctaveLowHz), FirstBin(OctaveHighHz));
        float[] isWide = [.. batch.BandwidthHz.Select(hz => hz >= OctaveHighHz ? 1f : 0f)];
        Tensor Level(Tensor x) => (Power(x, low, high) + OctaveFloor).Log();
        Tensor distance = (Level(estimate) - Level(target)).Abs() * estimate.Engine.Tensor(isWide, isWide.Length, 1, 1);
        return distance.Mean().Reshape() * (1 / MathF.Log(10));
    }

    /// <summary>Mean level of the estimates of silent sources below their mixtures, in powers of ten, by item and source; 0 for those that sound.</summary>
    private Tensor SilentLevel(Tensor estimate, Tensor target, Tensor mixture)
    {
        (int items, int masks) = (estimate.Size(1), Masks);
        Tensor Total(Tensor x) => Power(x, 0, Bins).Mean(2).Reshape(items, -1);
        Tensor whole = Total(mixture);
        float[] total = whole.ToArray();
        float[] silent = [.. Total(target).ToArray().Select((power, i) => power < 1e-8f * total[i / masks] ? 1f : 0f)];
        Tensor level = (Total(estimate) / (whole + 1e-12f) + SilenceFloor).Log() * estimate.Engine.Tensor(silent, items, masks);
        return level.Mean().Reshape() * (1 / MathF.Log(10));
    }

    /// <summary>Mean square over some bins and both channels of spectra [2, items, sources · 2, bins, frames], [items, sources, frames].</summary>
    private Tensor Power(Tensor spectra, int from, int to)
    {
        (int items, int frames) = (spectra.Size(1), spectra.Size(4));
        Tensor square = spectra.Slice(3, from, to - from).Square().Sum(0).Reshape(items, -1, 2, to - from, frames).Mean(2, 3);
        return square.Reshape(items, -1, frames) * (1 / (_options.FftSize * 0.375f)); // Σw² of a Hann window: as the samples'
    }

    private int FirstBin(float hz) => (int)Math.Clamp(Math.Ceiling(hz * _options.FftSize / _options.SampleRate), 0, Bins);

    /// <summary>Complex spectra of all sources but the last, [2, batch, masks · 2 channels, bins, frames].</summary>
    private Tensor Estimate(Tensor mixture)
    {
        Tensor spectrum = mixture.Stft(_stft);                                                      // [2, batch, 2, bins, frames]
        Tensor stem = spectrum.Recycling(s => _stem.Forward(s.SubbandViews(Gain(mixture), _inputScale, _options.Subbands, Multiple)));
        return _head.Forward(stem.Recycling(x => Level(0, x))).SubbandMask(spectrum, _options.Subbands);
    }

    /// <summary>Factor that brings each item to the working level, [batch].</summary>
    private static Tensor Gain(Tensor mixture)
    {
        Tensor rms = mixture.Detach().Square().Mean(1, 2).Sqrt().Reshape(mixture.Size(0));
        return mixture.Engine.Full(TargetRms, 1) / (rms + Silence);
    }

    /// <summary>What a level and all below it make of its input, in the input's size.</summary>
    private Tensor Level(int level, Tensor x)
    {
        if (level == _encoder.Count)
        {
            return Paths(_bottom.Forward(x));
        }

        Tensor map = x.Recycling(m => _encoder[level].Forward(m));
        Tensor up = map.Recycling(m => _up[level].Forward(Level(level + 1, _down[level].Forward(m))));
        return up.Recycling(u => _decoder[level].Forward(u, map));
    }

    /// <summary>The recurrent layers, along the rows of each column and along the frames of each row in turn.</summary>
    private Tensor Paths(Tensor x)
    {
        (int batch, int channels, int rows, int frames) = (x.Size(0), x.Size(1), x.Size(2), x.Size(3));
        for (int i = 0; i < _alongRows.Count; i++)
        {
            Tensor columns = _alongRows[i].Forward(x.Permute(2, 0, 3, 1).Reshape(rows, batch * frames, channels));
            Tensor lines = columns.Reshape(rows, batch, frames, channels).Permute(2, 1, 0, 3).Reshape(frames, batch * rows, channels);
            x = _alongFrames[i].Forward(lines).Reshape(frames, batch, rows, channels).Permute(1, 3, 2, 0);
        }

        return x;
    }

    /// <summary>1 for the bins below an excerpt's bandwidth, [1, batch, 1, bins, 1]: what storage took away must not be learnt as silence.</summary>
    private Tensor Known(TrainingBatch batch)
    {
        float[] known = new float[batch.BandwidthHz.Count * (Bins + 1)];
        double binHz = (double)_options.SampleRate / _options.FftSize;
        for (int item = 0; item < batch.BandwidthHz.Count; item++)
        {
            known.AsSpan(item * (Bins + 1), (int)Math.Clamp(Math.Ceiling(batch.BandwidthHz[item] / binHz), 0, Bins)).Fill(1);
        }

        return batch.Mixture.Engine.Tensor(known, 1, batch.BandwidthHz.Count, 1, Bins + 1, 1);
    }

    /// <summary>Two 3 × 3 convolutions with a frequency layer between them, the second around a shortcut.</summary>
    private sealed class Stage : Module
    {
        private readonly ConvBlock _first;
        private readonly FrequencyLayer _rows;
        private readonly ConvBlock _second;

        public Stage(int inputs, int channels, int rows, int bottleneck, Initializer init)
        {
            _first = Child("first", ConvBlock.Down(new Conv2d(inputs, channels, 3, init, padding: 1, bias: false), Slope, init));
            _rows = Child("rows", new FrequencyLayer(channels, rows, Math.Max(rows / bottleneck, 8), Slope, init));
            _second = Child("second", ConvBlock.Down(new Conv2d(channels, channels, 3, init, padding: 1, bias: false), Slope, init));
        }

        public Tensor Forward(params ReadOnlySpan<Tensor> inputs)
        {
            Tensor x = _first.Forward(inputs).Recycling(_rows.Forward);
            return x + _second.Forward(x);
        }
    }

    /// <summary>A normalised recurrent layer in both directions, brought back to the channels and added to its input.</summary>
    private sealed class RecurrentPath : Module
    {
        private readonly LayerNorm _norm;
        private readonly Gru _gru;
        private readonly Linear _project;

        public RecurrentPath(int channels, int units, Initializer init)
        {
            _norm = Child("norm", new LayerNorm(channels, init));
            _gru = Child("gru", new Gru(channels, units, init, isBidirectional: true));
            _project = Child("project", new Linear(2 * units, channels, init));
        }

        /// <param name="x">[steps, batch, channels].</param>
        public Tensor Forward(Tensor x) => x + _project.Forward(_gru.Forward(_norm.Forward(x)));
    }
}
