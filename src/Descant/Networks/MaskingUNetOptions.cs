using Descant.Nn;

namespace Descant.Networks;

/// <summary>How the magnitudes of an excerpt are brought to a level the network knows.</summary>
public enum Leveling
{
    /// <summary>Divided by their maximum (S0 §2.2; there of the whole song, here of the segment, because a stream has no whole song).</summary>
    Maximum,

    /// <summary>log(1 + 10·magnitude) after scaling the waveform to an RMS of 0.1.</summary>
    LogRms,
}

/// <summary>Everything that defines a <see cref="MaskingUNet"/>: signal, representation and sizes. Saved with the weights.</summary>
public sealed record MaskingUNetOptions : NetworkOptions
{
    /// <summary>Sample rate, in Hz.</summary>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Audio channels, 1 or 2.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Length of the Fourier transform, in samples.</summary>
    public int FftSize { get; init; } = 1024;

    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 512;

    /// <summary>Frames of one training excerpt.</summary>
    public int PatchFrames { get; init; } = 128;

    /// <summary>Bins above DC that the network sees one by one; the rest in groups. 0 means all.</summary>
    public int SingleBins { get; init; }

    /// <summary>Bins averaged into one above <see cref="SingleBins"/>.</summary>
    public int BinsPerGroup { get; init; } = 1;

    /// <summary>Feature maps by level.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [16, 32, 64, 128];

    /// <summary>Side of the kernels.</summary>
    public int Kernel { get; init; } = 4;

    /// <summary>Dropout on the first three decoder levels.</summary>
    public float Dropout { get; init; } = 0.5f;

    /// <summary>Added to the variance in batch normalisation.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>How levels are normalised.</summary>
    public Leveling Leveling { get; init; } = Leveling.Maximum;

    /// <summary>Whether the loss also compares the accompaniment, the mixture's other part.</summary>
    public bool LearnsAccompaniment { get; init; }

    /// <summary>Whether separation gives each bin to one source alone, the vocals where their mask is above one half (an option of S0's code).</summary>
    public bool HasHardMask { get; init; }

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.PyTorch;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new MaskingUNet(this, init);
}
