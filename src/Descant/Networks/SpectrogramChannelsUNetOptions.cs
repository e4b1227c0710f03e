using Descant.Nn;

namespace Descant.Networks;

/// <summary>Everything that defines a <see cref="SpectrogramChannelsUNet"/>: signal, sizes and loss. Saved with the weights.</summary>
public sealed record SpectrogramChannelsUNetOptions : NetworkOptions
{
    /// <summary>One output channel each.</summary>
    public IReadOnlyList<string> Sources { get; init; } = ["vocals", "accompaniment"];

    /// <summary>The loss's weight α of each source, summing to 1; empty for the balancing rule of S3 §3.1: in inverse proportion to the mean 2-norm of the source's waveform.</summary>
    /// <remarks>A source of weight 0 is not learnt: its estimate is the mixture without the others.</remarks>
    public IReadOnlyList<float> LossWeights { get; init; } = [];

    /// <summary>Sample rate, in Hz.</summary>
    public int SampleRate { get; init; } = 44100;

    /// <summary>Length of the Fourier transform, in samples.</summary>
    public int FftSize { get; init; } = 2048;

    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 512;

    /// <summary>Feature maps of each encoder level, outermost first; one pooling between two.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [16, 32, 64, 128, 256, 512];

    /// <summary>Dropout behind each upsampling.</summary>
    public float Dropout { get; init; } = 0.4f;

    /// <summary>Samples of one training excerpt: two seconds, 173 frames, in S3.</summary>
    public int ExcerptSamples { get; init; } = 88200;

    /// <summary>Samples separated at once: twenty seconds in S3 §3.</summary>
    public int SegmentSamples { get; init; } = 882000;

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.PyTorch;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new SpectrogramChannelsUNet(this, init);
}
