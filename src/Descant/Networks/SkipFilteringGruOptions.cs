using Descant.Nn;

namespace Descant.Networks;

/// <summary>Everything that defines a <see cref="SkipFilteringGru"/>.</summary>
public sealed record SkipFilteringGruOptions : NetworkOptions
{
    /// <summary>Sample rate, in Hz.</summary>
    public int SampleRate { get; init; } = 44100;

    /// <summary>Length of the Fourier transform, in samples.</summary>
    public int FftSize { get; init; } = 4096;

    /// <summary>Samples of the Hamming window.</summary>
    public int WindowLength { get; init; } = 2049;

    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 384;

    /// <summary>The lowest bins, which the encoder reads: 744 reach 8 kHz.</summary>
    public int SeenBins { get; init; } = 744;

    /// <summary>Frames of a training sequence.</summary>
    public int SequenceFrames { get; init; } = 60;

    /// <summary>Frames at each end of a sequence that only the encoder sees.</summary>
    public int ContextFrames { get; init; } = 10;

    /// <summary>Frames separated at once.</summary>
    public int SegmentFrames { get; init; } = 460;

    /// <summary>Whether the decoder is applied to its own output until it stands still (RIS); without, once (NRI).</summary>
    public bool IsRecurrent { get; init; } = true;

    /// <summary>Most applications to its own output: 10 in RIS-L, 3 in RIS-S.</summary>
    public int MostIterations { get; init; } = 10;

    /// <summary>The decoder stands still when the mean square of a change is below this.</summary>
    public float Tolerance { get; init; } = 1e-3f;

    /// <summary>Griffin and Lim's iterations from the mixture's phase.</summary>
    public int GriffinLimIterations { get; init; } = 10;

    /// <summary>Weight of Σ|diagonal of the mask's matrix|.</summary>
    public float MaskPenalty { get; init; } = 1e-2f;

    /// <summary>Weight of the squares of the denoiser's second matrix.</summary>
    public float DenoiserPenalty { get; init; } = 1e-4f;

    /// <summary>The mask's own divergence counts from this value on …</summary>
    public float MaskThreshold { get; init; } = 1.5f;

    /// <summary>… and while the denoised output's is at least this.</summary>
    public float GoodThreshold { get; init; } = 0.25f;

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.GlorotUniform;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new SkipFilteringGru(this, init);
}
