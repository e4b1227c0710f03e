using Descant.Datasets;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Tests.Training;

/// <summary>A network small enough for tests: blocks of samples through two linear layers, with batch normalisation and dropout, whose state must survive a resume.</summary>
internal sealed class TinyNetwork : Network
{
    private const int Block = 64;
    private readonly Linear _first;
    private readonly BatchNorm _norm;
    private readonly Linear _second;
    private readonly float _dropout;

    public TinyNetwork(Initializer init, int sampleRate = 8000, int width = 96, float dropout = 0.1f)
    {
        SampleRate = sampleRate;
        _dropout = dropout;
        _first = Child("first", new Linear(Block, width, init));
        _norm = Child("norm", new BatchNorm(width, init, slope: 0.2f));
        _second = Child("second", new Linear(width, 2 * Block, init));
    }

    /// <summary>Called before each separation that no tape records: those of a validation.</summary>
    public Action? Separating { get; init; }

    public override int SampleRate { get; }

    public override int Channels => 1;

    public override IReadOnlyList<string> Sources { get; } = [SourceNames.Vocals, SourceNames.Accompaniment];

    public override int SegmentSamples => 32 * Block;

    public override int ContextSamples => Block;

    public override int ExcerptSamples => 16 * Block;

    public override Tensor Separate(Tensor mixture)
    {
        if (!mixture.IsRecorded)
        {
            Separating?.Invoke();
        }

        int batch = mixture.Size(0), samples = mixture.Size(2);
        Tensor x = mixture.Reshape(batch * samples / Block, Block);
        Tensor h = _norm.Forward(_first.Forward(x)).Dropout(_dropout);
        Tensor mask = _second.Forward(h).Reshape(batch, samples / Block, 2, Block).Transpose(1, 2);
        return mask.Reshape(batch, 2, 1, samples);
    }

    public override Tensor Loss(TrainingBatch batch) => Tensor.L1Loss(Separate(batch.Mixture), batch.Sources);
}
