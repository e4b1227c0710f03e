using Descant.Networks;
using Descant.Tensors;

namespace Descant.Separation;

/// <summary>Separates a batch of equally long windows.</summary>
/// <param name="mixtures">[batch, channels, window samples].</param>
/// <param name="estimates">[batch, sources, channels, window samples], to be filled.</param>
/// <param name="batch">Windows in the batch.</param>
public delegate void SegmentSeparation(ReadOnlySpan<float> mixtures, Span<float> estimates, int batch);

/// <summary>What separation knows about a network: its rate, channels, sources, window, and the function.</summary>
public sealed record SegmentNetwork
{
    /// <summary>Sample rate of mixtures and estimates, in Hz.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Channels of mixtures and estimates, 1 or 2.</summary>
    public required int Channels { get; init; }

    /// <summary>The sources it estimates, in the order of its outputs.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>What it sees at once, context included, in samples.</summary>
    public required int WindowSamples { get; init; }

    /// <summary>Samples at each end of a window whose estimates lack context and are not used.</summary>
    public required int ContextSamples { get; init; }

    /// <summary>The function.</summary>
    public required SegmentSeparation Separate { get; init; }

    /// <summary>Wraps a trained network. Calls may come from several threads; they run one after another, each on all of the engine's threads.</summary>
    /// <param name="network">The network.</param>
    /// <param name="engine">The engine that holds its weights.</param>
    public static SegmentNetwork From(Network network, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(engine);
        Lock turn = new();
        return new SegmentNetwork
        {
            SampleRate = network.SampleRate,
            Channels = network.Channels,
            Sources = network.Sources,
            WindowSamples = network.SegmentSamples,
            ContextSamples = network.ContextSamples,
            Separate = (mixtures, estimates, batch) =>
            {
                lock (turn)
                {
                    using Engine scope = engine.Scope();
                    Tensor mixture = scope.Tensor(mixtures, batch, network.Channels, network.SegmentSamples);
                    network.Separate(mixture).CopyTo(estimates);
                }
            },
        };
    }
}
