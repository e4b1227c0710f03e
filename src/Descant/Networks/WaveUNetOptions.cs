using Descant.Nn;

namespace Descant.Networks;

/// <summary>Everything that defines a <see cref="WaveUNet"/>: signal and sizes. Saved with the weights.</summary>
public sealed record WaveUNetOptions : NetworkOptions
{
    /// <summary>The sources in the order of the outputs; the last is what the others leave of the mixture.</summary>
    public IReadOnlyList<string> Sources { get; init; } = ["accompaniment", "vocals"];

    /// <summary>Sample rate, in Hz.</summary>
    public int SampleRate { get; init; } = 22050;

    /// <summary>Audio channels, 1 or 2.</summary>
    public int Channels { get; init; } = 2;

    /// <summary>Levels, each of half the rate of the one before.</summary>
    public int Levels { get; init; } = 12;

    /// <summary>Feature maps of the first level; level i has i times as many.</summary>
    public int Filters { get; init; } = 24;

    /// <summary>Length of the kernels on the way down, odd.</summary>
    public int DownKernel { get; init; } = 15;

    /// <summary>Length of the kernels on the way up, odd.</summary>
    public int UpKernel { get; init; } = 5;

    /// <summary>Least number of samples that a training excerpt makes estimates of; the excerpt is as much longer as they need context.</summary>
    public int TrainedSamples { get; init; } = 16384;

    /// <summary>Least number of samples separated at once.</summary>
    public int SeparatedSamples { get; init; } = 434000;

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.GlorotUniform;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new WaveUNet(this, init);
}
