using Descant.Nn;

namespace Descant.Networks;

/// <summary>How a <see cref="FusionNet"/>'s down-sampling blocks halve their input: S2's text, figures and tables contradict each other.</summary>
public enum FusionNetVariant
{
    /// <summary>A strided convolution halves, and the poolings of table II smooth without stride: text and both tables at once.</summary>
    StridedConvolution,

    /// <summary>Convolutions keep the size, and one pooling at the end halves: the FusionNet that S2 cites.</summary>
    Pooling,
}

/// <summary>What a <see cref="FusionNet"/>'s two outputs are: S2's text and the network that it calls similar to its own differ.</summary>
public enum FusionNetOutput
{
    /// <summary>Magnitudes, as S2's equation 1 reads. They are a hundredth of the features that they are made from, so they are learnt slowly.</summary>
    Magnitudes,

    /// <summary>Gains of the mixture's magnitudes, as in Jansson et al. 2017.</summary>
    Gains,
}

/// <summary>Which of a power of two and one bins a <see cref="FusionNet"/> leaves out: S2's table I has 512 rows and does not say.</summary>
public enum FusionNetEdge
{
    /// <summary>DC, the lowest: it goes to the music.</summary>
    Lowest,

    /// <summary>That at half the sample rate: both sources get half of it, as Wave-U-Net's replica of the U-Net has it.</summary>
    Highest,
}

/// <summary>Everything that defines a <see cref="FusionNet"/>: signal and sizes. Saved with the weights.</summary>
public sealed record FusionNetOptions : NetworkOptions
{
    /// <summary>How the down-sampling blocks halve.</summary>
    public FusionNetVariant Variant { get; init; } = FusionNetVariant.StridedConvolution;

    /// <summary>Whether the three poolings of a down-sampling block that keep the size are there: table II has them. Those of <see cref="FusionNetVariant.Pooling"/> are another's.</summary>
    public bool HasStridelessPools { get; init; } = true;

    /// <summary>The bin that the network does not see.</summary>
    public FusionNetEdge Unseen { get; init; }

    /// <summary>What the outputs are.</summary>
    public FusionNetOutput Output { get; init; } = FusionNetOutput.Magnitudes;

    /// <summary>Whether each source has a network of its own with one output (table I's "× 1") instead of one network with two.</summary>
    public bool HasNetworkPerSource { get; init; }

    /// <summary>Sample rate, in Hz: that of Jansson et al. 2017, to whose implementation S2 says its own is similar.</summary>
    public int SampleRate { get; init; } = 8192;

    /// <summary>Length of the Fourier transform, in samples.</summary>
    public int FftSize { get; init; } = 1024;

    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 768;

    /// <summary>Frames of one training excerpt.</summary>
    public int PatchFrames { get; init; } = 128;

    /// <summary>Feature maps by level.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [16, 32, 64, 128, 256, 512];

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.GlorotUniform;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new FusionNet(this, init);
}
