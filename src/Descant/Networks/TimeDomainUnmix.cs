using System.Numerics;
using Descant.Datasets;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>S1's time-domain model: Open-Unmix between learnt transforms, waveform in, waveform out, for one target; what remains is the residual.</summary>
/// <remarks>
/// George et al. (S1) §2.2 and figure 3: three convolutions, the second's output added to the third's, tanh; three bidirectional LSTM
/// layers, joined with what they read; two linear layers with batch normalisation and rectifier between them, output scaler, rectifier.
/// The paper gives no sizes; ours make frames of 16 ms at 16 kHz. Its last rectifier would cut off every waveform's negative half, see
/// <see cref="TimeDomainHead"/>. The other front end has the kernels and slope of Stoller et al. 2018 and one more convolution, to the
/// features that figure 3's third reads; zeros stand around an excerpt, since recurrence hears all of it anyway.
/// </remarks>
public sealed class TimeDomainUnmix : Network
{
    private const int WaveKernel = 15;
    private const float WaveSlope = 0.2f;

    private readonly TimeDomainUnmixOptions _options;
    private readonly IReadOnlyList<Conv1d> _front;
    private readonly Conv1d _third;
    private readonly Lstm _lstm;
    private readonly Linear _decode;
    private readonly BatchNorm _decodeNorm;
    private readonly Linear _output;
    private readonly Tensor _outputScale;
    private readonly Tensor _outputMean;

    /// <summary>Builds the network with fresh weights.</summary>
    public TimeDomainUnmix(TimeDomainUnmixOptions options, Initializer init)
    {
        _options = options;
        int hidden = options.Hidden, stride = options.Stride, frame = options.FrameSamples;
        if (options.FrontEnd == TimeDomainFrontEnd.Strided)
        {
            _front =
            [
                Child("conv1", new Conv1d(options.Channels, options.FirstFilters, 2 * stride, init, stride, padding: stride / 2)),
                Child("conv2", new Conv1d(options.FirstFilters, hidden, 2 * stride, init, stride, padding: stride / 2)),
            ];
        }
        else if (BitOperations.IsPow2(frame))
        {
            int levels = BitOperations.Log2((uint)frame);
            int Width(int level) => level == 0 ? options.Channels : level > levels ? hidden : level * options.FirstFilters;
            _front = Children("down", Enumerable.Range(0, levels + 1).Select(level => new Conv1d(Width(level), Width(level + 1), WaveKernel, init, padding: WaveKernel / 2)));
        }
        else
        {
            throw new ArgumentException($"time-domain: leaving out every second sample expects frames of a power of two, got a stride of {stride}, {frame} samples. Make it 4, 8 or 16.");
        }

        _third = Child("conv3", new Conv1d(hidden, hidden, options.Kernel, init, padding: options.Kernel / 2));
        _lstm = Child("lstm", new Lstm(hidden, hidden / 2, init, options.Layers, isBidirectional: true, options.Dropout));
        _decode = Child("fc1", new Linear(2 * hidden, hidden, init, bias: false));
        _decodeNorm = Child("bn1", new BatchNorm(hidden, init, slope: 0));
        _output = Child("fc2", new Linear(hidden, options.Channels * frame, init, bias: false));
        _outputScale = Learn("output_scale", init.Full(1, frame));
        _outputMean = Learn("output_mean", init.Full(options.Head == TimeDomainHead.Gain ? 1 : 0, frame)); // a gain begins with letting all pass
        Sources = [options.Target, options.Residual ?? SourceNames.RestOf(options.Target)];
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => _options.Channels;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources { get; }

    /// <inheritdoc/>
    public override int SegmentSamples => _options.SegmentFrames * _options.FrameSamples;

    /// <inheritdoc/>
    public override int ContextSamples => Math.Min(64, _options.SegmentFrames / 8) * _options.FrameSamples;

    /// <inheritdoc/>
    public override int ExcerptSamples => _options.ExcerptFrames * _options.FrameSamples;

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        Tensor target = Forward(mixture);
        target = _options.Head == TimeDomainHead.Gain ? target : target.Clamp(-1, 1);
        return Tensor.Stack(1, target, mixture - target);
    }

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch)
    {
        Tensor estimate = Forward(batch.Mixture), target = batch.Sources.Select(1, 0);
        return _options.Loss == TimeDomainLoss.L1 ? Tensor.L1Loss(estimate, target) : Tensor.MseLoss(estimate, target);
    }

    /// <summary>Estimates the target's waveform.</summary>
    /// <param name="mixture">[batch, channels, samples]; any number of samples.</param>
    /// <returns>Same shape.</returns>
    public Tensor Forward(Tensor mixture)
    {
        int batch = mixture.Size(0), samples = mixture.Size(2), frame = _options.FrameSamples;
        int frames = Math.Max(1, (samples + frame - 1) / frame);
        Tensor x = mixture.PadZeros(2, 0, (frames * frame) - samples);
        Tensor a = Features(x);
        Tensor b = (_third.Forward(a) + a).Tanh().Permute(2, 0, 1);                 // [frames, batch, hidden]
        Tensor y = Tensor.LinearJoined([b, _lstm.Forward(b)], _decode.Weight).Reshape(frames * batch, -1);
        y = _output.Forward(_decodeNorm.Forward(y)).Reshape(frames, batch, Channels, frame);
        y = (y * _outputScale.On(y.Engine)) + _outputMean.On(y.Engine);
        y = (_options.Head == TimeDomainHead.Linear ? y : y.Relu()).Permute(1, 2, 0, 3).Reshape(batch, Channels, frames * frame).Slice(2, 0, samples);
        return _options.Head == TimeDomainHead.Gain ? y * mixture : y;
    }

    /// <summary>From [batch, channels, samples] to [batch, hidden, frames].</summary>
    private Tensor Features(Tensor x)
    {
        if (_options.FrontEnd == TimeDomainFrontEnd.Strided)
        {
            return _front.Aggregate(x, (y, conv) => conv.Forward([y], Activation.Relu));
        }

        foreach (Conv1d level in _front.SkipLast(1))
        {
            x = level.Forward([x], Activation.LeakyRelu, WaveSlope).MaxPool1d(1, stride: 2); // every second sample
        }

        return _front[^1].Forward([x], Activation.LeakyRelu, WaveSlope);
    }
}
