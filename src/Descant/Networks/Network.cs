using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>A separation network: the one contract through which training and separation use every system, so that no caller asks which it has.</summary>
/// <remarks>Waveforms in, waveforms out: what a network does in between (spectrograms, masks, embeddings) is its own matter.</remarks>
public abstract class Network : Module
{
    /// <summary>Sample rate of everything that goes in and comes out, in Hz.</summary>
    public abstract int SampleRate { get; }

    /// <summary>Audio channels of mixture and estimates: 1 or 2.</summary>
    public abstract int Channels { get; }

    /// <summary>The sources it estimates, in the order of its outputs.</summary>
    public abstract IReadOnlyList<string> Sources { get; }

    /// <summary>Length of the stretch of audio it separates at once most efficiently, in samples, context included.</summary>
    public abstract int SegmentSamples { get; }

    /// <summary>Samples at each end of a segment whose estimates lack context and are to be taken from the neighbouring segment.</summary>
    public abstract int ContextSamples { get; }

    /// <summary>Samples of one training excerpt.</summary>
    public abstract int ExcerptSamples { get; }

    /// <summary>Estimates the sources of mixtures.</summary>
    /// <param name="mixture">Waveforms, [batch, channels, samples]; any number of samples, at any level.</param>
    /// <returns>Waveforms, [batch, sources, channels, samples].</returns>
    public abstract Tensor Separate(Tensor mixture);

    /// <summary>Estimates some of the sources; a network that computes its sources apart overrides it to leave the others out.</summary>
    /// <param name="mixture">As above.</param>
    /// <param name="sources">Indices into <see cref="Sources"/>, each once.</param>
    /// <returns>Waveforms, [batch, wanted sources, channels, samples].</returns>
    public virtual Tensor Separate(Tensor mixture, IReadOnlyList<int> sources)
    {
        Tensor estimates = Separate(mixture);
        return Tensor.Stack(1, [.. sources.Select(source => estimates.Select(1, source))]);
    }

    /// <summary>What <see cref="NetworkCost"/> counts: all that a separation computes of an excerpt, and nothing that depends on what it holds or where it ends.</summary>
    /// <param name="excerpt">[1, channels, <see cref="ExcerptSamples"/>].</param>
    internal virtual void CountedPass(Tensor excerpt) => Separate(excerpt);

    /// <summary>Lets a network that standardises its input or balances its loss measure the training data; called before training starts or goes on, each time with the same examples.</summary>
    /// <param name="examples">Single excerpts as they were recorded; each is made when it is enumerated and gone when the next is.</param>
    public virtual void Measure(IEnumerable<TrainingBatch> examples)
    {
    }

    /// <summary>How far the estimates are from the sources, as the network's paper measures it.</summary>
    /// <param name="batch">A batch whose mixture was put on the tape.</param>
    /// <returns>A scalar.</returns>
    public abstract Tensor Loss(TrainingBatch batch);

    /// <summary>What training minimises, one after the other in each step and each by an optimiser of its own: the loss over everything, or what adversaries want.</summary>
    public virtual IReadOnlyList<Objective> Objectives => [new Objective("network", [.. Parameters], Loss)];
}
