using Descant.Nn;

namespace Descant.Networks;

/// <summary>What looks along time in an <see cref="OpenUnmix"/>.</summary>
public enum OpenUnmixArchitecture
{
    /// <summary>Three bidirectional LSTM layers: Open-Unmix itself.</summary>
    Lstm,

    /// <summary>A transformer in their place: the variant of S1, figure 4.</summary>
    Transformer,
}

/// <summary>How an <see cref="OpenUnmix"/> compares its estimate with the target.</summary>
public enum OpenUnmixLoss
{
    /// <summary>Mean squared error of magnitudes (Open-Unmix).</summary>
    Mse,

    /// <summary>Mean absolute error of magnitudes (S1 §2.1).</summary>
    L1,

    /// <summary>0.9 of the squared error of magnitudes and 0.1 of that of waveforms, resynthesised with the mixture's phase (S1 §2.1; its code stacks the magnitude with the mixture's imaginary part instead, a slip).</summary>
    Dual,
}

/// <summary>Everything that defines an <see cref="OpenUnmix"/>: signal, representation and sizes. Saved with the weights.</summary>
public sealed record OpenUnmixOptions : NetworkOptions
{
    /// <summary>The source it estimates.</summary>
    public string Target { get; init; } = "vocals";

    /// <summary>What the rest of the mixture is called; null is the accompaniment beside vocals, vocals beside the accompaniment, <c>no_drums</c> beside drums.</summary>
    public string? Residual { get; init; }

    /// <summary>Sample rate, in Hz.</summary>
    public int SampleRate { get; init; } = 44100;

    /// <summary>Audio channels, 1 or 2.</summary>
    public int Channels { get; init; } = 2;

    /// <summary>Length of the Fourier transform, in samples.</summary>
    public int FftSize { get; init; } = 4096;

    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 1024;

    /// <summary>The network sees the bins up to this frequency, in Hz; its mask covers all.</summary>
    public float BandwidthHz { get; init; } = 16000;

    /// <summary>Features of a frame inside the network, even.</summary>
    public int Hidden { get; init; } = 512;

    /// <summary>What looks along time.</summary>
    public OpenUnmixArchitecture Architecture { get; init; } = OpenUnmixArchitecture.Lstm;

    /// <summary>Recurrent layers.</summary>
    public int Layers { get; init; } = 3;

    /// <summary>Dropout between recurrent layers, or inside the transformer.</summary>
    public float Dropout { get; init; } = 0.4f;

    /// <summary>Layers of the transformer's encoder: 1 in S1's figure 4, 6 in its code.</summary>
    public int EncoderLayers { get; init; } = 1;

    /// <summary>Layers of the transformer's decoder: 1 in S1's figure 4, 6 in its code.</summary>
    public int DecoderLayers { get; init; } = 1;

    /// <summary>Heads of the transformer's attention.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Features between the transformer's two feed-forward layers.</summary>
    public int FeedForward { get; init; } = 2048;

    /// <summary>Whether the transformer is told positions: S1's text says so, its code does not.</summary>
    public bool HasPositions { get; init; } = true;

    /// <summary>What training minimises.</summary>
    public OpenUnmixLoss Loss { get; init; } = OpenUnmixLoss.Mse;

    /// <summary>Frames of one training excerpt: 255 are six seconds at the defaults.</summary>
    public int ExcerptFrames { get; init; } = 255;

    /// <summary>Frames separated at once; a transformer's attention grows with their square, and one with positions wants no more than <see cref="ExcerptFrames"/>.</summary>
    public int SegmentFrames { get; init; } = 2000;

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.PyTorch;

    /// <summary>Bins of the spectrogram.</summary>
    internal int Bins => (FftSize / 2) + 1;

    /// <summary>Bins that the network sees.</summary>
    internal int SeenBins => Math.Min(Bins, (int)(BandwidthHz * FftSize / SampleRate) + 1);

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new OpenUnmix(this, init);
}
