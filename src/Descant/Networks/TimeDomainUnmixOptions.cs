using Descant.Nn;

namespace Descant.Networks;

/// <summary>How a <see cref="TimeDomainUnmix"/> makes its last features into a waveform.</summary>
public enum TimeDomainHead
{
    /// <summary>They are the waveform, limited to ±1 in separation.</summary>
    Linear,

    /// <summary>Rectified, they are a gain of each sample of the mixture: what figure 3 can mean if it follows Open-Unmix.</summary>
    Gain,

    /// <summary>Rectified, they are the waveform: figure 3 as drawn, which no waveform's negative half passes. For the record.</summary>
    Relu,
}

/// <summary>How a <see cref="TimeDomainUnmix"/> makes the waveform into frames of features.</summary>
public enum TimeDomainFrontEnd
{
    /// <summary>Two strided convolutions, as figure 3 draws them.</summary>
    Strided,

    /// <summary>The way down of a <see cref="WaveUNet"/>, with which S1 §3.4.1 says that it combines Open-Unmix: convolutions, each followed by leaving out every second sample.</summary>
    WaveUNet,
}

/// <summary>How a <see cref="TimeDomainUnmix"/> compares its estimate with the target's waveform; the names are those of <see cref="OpenUnmixLoss"/>.</summary>
public enum TimeDomainLoss
{
    /// <summary>Mean squared error.</summary>
    Mse,

    /// <summary>Mean absolute error.</summary>
    L1,
}

/// <summary>Everything that defines a <see cref="TimeDomainUnmix"/>: signal and sizes. Saved with the weights.</summary>
public sealed record TimeDomainUnmixOptions : NetworkOptions
{
    /// <summary>The source it estimates.</summary>
    public string Target { get; init; } = "vocals";

    /// <summary>What the rest of the mixture is called; null is the accompaniment beside vocals, vocals beside the accompaniment, <c>no_drums</c> beside drums.</summary>
    public string? Residual { get; init; }

    /// <summary>Sample rate, in Hz: "a lower sample rate" (S1 §3.4.1).</summary>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Audio channels, 1 or 2.</summary>
    public int Channels { get; init; } = 2;

    /// <summary>How the waveform becomes features.</summary>
    public TimeDomainFrontEnd FrontEnd { get; init; }

    /// <summary>Feature maps of the first convolution; with <see cref="TimeDomainFrontEnd.WaveUNet"/> each level has as many more.</summary>
    public int FirstFilters { get; init; } = 256;

    /// <summary>Stride of each of the first two convolutions, even; their kernels are twice as long. A frame is the square of it in samples, with <see cref="TimeDomainFrontEnd.WaveUNet"/> a power of two.</summary>
    public int Stride { get; init; } = 16;

    /// <summary>Length of the third convolution's kernel, odd.</summary>
    public int Kernel { get; init; } = 5;

    /// <summary>Features of a frame, even.</summary>
    public int Hidden { get; init; } = 512;

    /// <summary>Recurrent layers.</summary>
    public int Layers { get; init; } = 3;

    /// <summary>Dropout between recurrent layers.</summary>
    public float Dropout { get; init; } = 0.4f;

    /// <summary>How the last features become a waveform.</summary>
    public TimeDomainHead Head { get; init; } = TimeDomainHead.Linear;

    /// <summary>What training minimises.</summary>
    public TimeDomainLoss Loss { get; init; } = TimeDomainLoss.Mse;

    /// <summary>Frames of one training excerpt: 375 are six seconds at the defaults.</summary>
    public int ExcerptFrames { get; init; } = 375;

    /// <summary>Frames separated at once.</summary>
    public int SegmentFrames { get; init; } = 2000;

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.PyTorch;

    /// <summary>Samples of a frame.</summary>
    internal int FrameSamples => Stride * Stride;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new TimeDomainUnmix(this, init);
}
