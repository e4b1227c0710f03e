using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>Wave-U-Net: a U-Net on the waveform itself, with real audio instead of zeros around what it estimates.</summary>
/// <remarks>
/// Stoller, Ewert and Dixon, "Wave-U-Net: A Multi-Scale Neural Network for End-to-End Audio Source Separation", ISMIR 2018, §3: its
/// model M4 (linear upsampling, context, difference output, stereo), which S3 compares with, and the multi-instrument one. Downwards:
/// convolution, leaky rectifier, every second sample. Upwards: linear interpolation to 2n − 1 samples, concatenation with the cropped
/// map of equal rate (encoder first), convolution, leaky rectifier. Last: concatenation with the mixture, one tap, hyperbolic tangent.
/// Deviation: the public code limits the last source to ±1 in separation; here the estimates sum to the mixture.
/// </remarks>
public sealed class WaveUNet : Network
{
    private const float Slope = 0.2f;

    private readonly WaveUNetOptions _options;
    private readonly IReadOnlyList<Conv1d> _down;
    private readonly Conv1d _deepest;
    private readonly IReadOnlyList<Conv1d> _up;
    private readonly Conv1d _head;

    /// <summary>Builds the network with fresh weights.</summary>
    public WaveUNet(WaveUNetOptions options, Initializer init)
    {
        _options = options;
        int Width(int level) => level == 0 ? options.Channels : level * options.Filters;
        _down = Children("down", Enumerable.Range(1, options.Levels).Select(level => new Conv1d(Width(level - 1), Width(level), options.DownKernel, init)));
        _deepest = Child("deepest", new Conv1d(Width(options.Levels), Width(options.Levels + 1), options.DownKernel, init));
        _up = Children("up", Enumerable.Range(1, options.Levels).Reverse().Select(level => new Conv1d(Width(level) + Width(level + 1), Width(level), options.UpKernel, init)));
        _head = Child("head", new Conv1d(options.Channels + Width(1), (options.Sources.Count - 1) * options.Channels, 1, init));
        ContextSamples = (Input(LeastDeepest) - Output(LeastDeepest)) / 2;
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => _options.Channels;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources => _options.Sources;

    /// <inheritdoc/>
    public override int SegmentSamples => Output(DeepestFor(_options.SeparatedSamples));

    /// <inheritdoc/>
    public override int ContextSamples { get; }

    /// <inheritdoc/>
    public override int ExcerptSamples => Input(DeepestFor(_options.TrainedSamples));

    private int LeastDeepest => _options.UpKernel + 1; // fewer samples at the deepest level leave nothing at the top

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        int samples = mixture.Size(2), deepest = DeepestFor(samples);
        Tensor estimates = Forward(mixture.PadZeros(2, ContextSamples, Input(deepest) - samples - ContextSamples));
        return estimates.Slice(3, 0, samples);
    }

    /// <summary>Over the excerpt, which has its context in it; a separation puts zeros around what it gets.</summary>
    internal override void CountedPass(Tensor excerpt) => Forward(excerpt);

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch)
    {
        // An excerpt of another length than asked for serves with its middle.
        int samples = batch.Mixture.Size(2), deepest = LeastDeepest;
        while (Input(deepest + 1) <= samples)
        {
            deepest++;
        }

        int input = Input(deepest), output = Output(deepest);
        if (input > samples)
        {
            throw new ArgumentException($"wave-u-net: expects excerpts of at least {input} samples, got {samples}. Lengthen excerpt-seconds.");
        }

        Tensor estimates = Forward(batch.Mixture.Slice(2, (samples - input) / 2, input));
        return Tensor.MseLoss(estimates, batch.Sources.Slice(3, ((samples - input) / 2) + ContextSamples, output));
    }

    /// <summary>Estimates the sources where there is enough context.</summary>
    /// <param name="mixture">[batch, channels, samples], a number of samples that all levels divide: (n + 2·<see cref="WaveUNetOptions.DownKernel"/> − 3)·2^levels − <see cref="WaveUNetOptions.DownKernel"/> + 2.</param>
    /// <returns>[batch, sources, channels, samples − 2·<see cref="ContextSamples"/>].</returns>
    public Tensor Forward(Tensor mixture)
    {
        Stack<Tensor> skips = new();
        Tensor x = mixture;
        foreach (Conv1d down in _down)
        {
            skips.Push(x = down.Forward([x], Activation.LeakyRelu, Slope));
            x = x.MaxPool1d(1, stride: 2);                                          // every second sample
        }

        x = _deepest.Forward([x], Activation.LeakyRelu, Slope);
        foreach (Conv1d up in _up)
        {
            x = x.UpsampleLinear(2, (2 * x.Size(2)) - 1, alignCorners: true);
            x = up.Forward([Middle(skips.Pop(), x.Size(2)), x], Activation.LeakyRelu, Slope);
        }

        Tensor heard = Middle(mixture, x.Size(2));
        Tensor estimates = _head.Forward([heard, x], Activation.Tanh);
        estimates = estimates.Reshape(x.Size(0), Sources.Count - 1, Channels, x.Size(2));
        Tensor last = heard.Unsqueeze(1) - (Sources.Count == 2 ? estimates : estimates.Sum(1).Reshape(x.Size(0), 1, Channels, x.Size(2)));
        return Tensor.Concat(1, estimates, last);
    }

    private static Tensor Middle(Tensor x, int samples) => x.Slice(2, (x.Size(2) - samples) / 2, samples);

    /// <summary>Samples that go in when this many are left at the deepest level: each level doubles what its kernel leaves.</summary>
    private int Input(int deepest) => ((deepest + (2 * _options.DownKernel) - 3) << _options.Levels) - _options.DownKernel + 2;

    /// <summary>Samples that come out.</summary>
    private int Output(int deepest) => ((deepest - _options.UpKernel) << _options.Levels) + _options.UpKernel;

    private int DeepestFor(int samples)
    {
        int above = Math.Max(samples - _options.UpKernel, 1), size = 1 << _options.Levels;
        return _options.UpKernel + ((above + size - 1) / size);
    }
}
