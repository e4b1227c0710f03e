using Descant.Nn;

namespace Descant.Networks;

/// <summary>Everything that defines a <see cref="SemiSupervisedMasking"/>.</summary>
public sealed record SemiSupervisedMaskingOptions : NetworkOptions
{
    /// <summary>Sample rate, in Hz.</summary>
    public int SampleRate { get; init; } = 20480;

    /// <summary>Length of the Fourier transform, in samples; half of it are an image's rows.</summary>
    public int FftSize { get; init; } = 512;

    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 64;

    /// <summary>Frames of an image.</summary>
    public int ImageFrames { get; init; } = 256;

    /// <summary>Frames at each end of an image that are taken from its neighbours.</summary>
    public int ContextFrames { get; init; } = 32;

    /// <summary>Exponent that makes quiet bins visible.</summary>
    public float Power { get; init; } = 0.3f;

    /// <summary>Exponent of the mask in separation.</summary>
    public float Sharpness { get; init; } = 9;

    /// <summary>Feature maps of the generator's first layer.</summary>
    public int Width { get; init; } = 64;

    /// <summary>How often the generator halves and doubles the image.</summary>
    public int DownSamplings { get; init; } = 2;

    /// <summary>Residual blocks on either side of the generator's middle.</summary>
    public int ResidualBlocks { get; init; } = 4;

    /// <summary>Feature maps of a discriminator's first layer.</summary>
    public int DiscriminatorWidth { get; init; } = 64;

    /// <summary>Layers of a discriminator, each halving the image.</summary>
    public int DiscriminatorLayers { get; init; } = 4;

    /// <summary>Scales at which a discriminator looks.</summary>
    public int Scales { get; init; } = 3;

    /// <summary>Weight of what the discriminators say.</summary>
    public float AdversarialWeight { get; init; } = 10;

    /// <summary>Weight of each reconstruction.</summary>
    public float ReconstructionWeight { get; init; } = 20;

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.PyTorch;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new SemiSupervisedMasking(this, init);
}
