using Descant.Nn;

namespace Descant.Networks;

/// <summary>Everything that defines a <see cref="SubbandUNet"/>: signal, representation and sizes. Saved with the weights.</summary>
public sealed record SubbandUNetOptions : NetworkOptions
{
    /// <summary>Sample rate, in Hz; always two channels.</summary>
    public int SampleRate { get; init; } = 44100;

    /// <summary>Length of the Fourier transform, in samples.</summary>
    public int FftSize { get; init; } = 4096;

    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 1024;

    /// <summary>Contiguous parts into which the spectrum is cut, to be stacked as channels.</summary>
    public int Subbands { get; init; } = 4;

    /// <summary>Feature maps by level; each level halves rows and frames.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [32, 48, 80, 144, 208];

    /// <summary>How much narrower the frequency layers are inside than the rows they mix.</summary>
    public int Bottleneck { get; init; } = 8;

    /// <summary>Recurrent units in each direction.</summary>
    public int Hidden { get; init; } = 128;

    /// <summary>Pairs of recurrent layers at the bottom: one along the rows, one along the frames.</summary>
    public int Paths { get; init; } = 2;

    /// <summary>The sources; the last is what the others leave.</summary>
    public IReadOnlyList<string> Targets { get; init; } = ["vocals", "accompaniment"];

    /// <summary>Frames of one training excerpt.</summary>
    public int ExcerptFrames { get; init; } = 176;

    /// <summary>Frames separated at once, context included.</summary>
    public int SegmentFrames { get; init; } = 160;

    /// <summary>Weight in the loss of how far the level of each frame between 11 and 15 kHz lies from the truth's, per power of ten; 0 leaves it out.</summary>
    public float OctaveWeight { get; init; }

    /// <summary>Weight in the loss of the level of what is estimated for a source that does not sound, per power of ten; 0 leaves it out.</summary>
    public float SilenceWeight { get; init; }

    /// <inheritdoc/>
    public override WeightInit Weights { get; init; } = WeightInit.PyTorch;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new SubbandUNet(this, init);
}
