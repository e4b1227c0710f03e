using Descant.Nn;

namespace Descant.Networks;

/// <summary>How decibels are put before a network.</summary>
public enum MelScaling
{
    /// <summary>−80 to 0 dB become −1 to 1. S4's text says nothing; recurrent layers need it.</summary>
    Unit,

    /// <summary>Decibels below the segment's loudest band, −80 to 0, unscaled. The code behind S4 does not scale either, but counts from full scale and limits by the track's loudest.</summary>
    Decibels,
}

/// <summary>How a mask of mel bands becomes sound (S4 §III.C and the code behind it).</summary>
public enum MelResynthesis
{
    /// <summary>Every bin of the complex mixture takes the mean mask of the bands that it belongs to: nothing is lost to the mel scale.</summary>
    MaskedMixture,

    /// <summary>The bands' masked magnitudes go back to bins by the pseudo-inverse and take the mixture's phase.</summary>
    MixturePhase,

    /// <summary>As <see cref="MixturePhase"/>, then Griffin and Lim's iterations.</summary>
    MixtureThenGriffinLim,

    /// <summary>Griffin and Lim's iterations from random phases: what S4 does.</summary>
    GriffinLim,
}

/// <summary>What S4's networks have in common: mel spectrograms in, masks of mel bands out.</summary>
public abstract record MelMaskingOptions : NetworkOptions
{
    /// <summary>Sample rate, in Hz (S4 §III.B).</summary>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Length of the Fourier transform, in samples (config.py; S4 says nothing).</summary>
    public int FftSize { get; init; } = 512;

    /// <summary>Samples from one frame to the next (config.py).</summary>
    public int HopLength { get; init; } = 128;

    /// <summary>Mel bands (S4 §III.B).</summary>
    public int Bands { get; init; } = 128;

    /// <summary>Frames of a chunk, on which the network is trained: about a second (S4 §III.B).</summary>
    public int ChunkFrames { get; init; } = 128;

    /// <summary>Frames separated at once.</summary>
    public int SegmentFrames { get; init; } = 512;

    /// <summary>Frames at each end of a segment that are taken from its neighbours.</summary>
    public int ContextFrames { get; init; } = 64;

    /// <summary>How decibels are put before the network.</summary>
    public MelScaling Scaling { get; init; } = MelScaling.Unit;

    /// <summary>How masks become sound.</summary>
    public MelResynthesis Resynthesis { get; init; } = MelResynthesis.MaskedMixture;

    /// <summary>Iterations of Griffin and Lim's algorithm, where it is used (mel_dealer.py).</summary>
    public int GriffinLimIterations { get; init; } = 10;

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.PyTorch;
}
