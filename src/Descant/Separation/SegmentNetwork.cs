using System.Buffers;
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

    /// <summary>Makes the function that estimates only some sources, given as indices, for less work; null where there is none.</summary>
    public Func<IReadOnlyList<int>, SegmentSeparation>? SeparateSome { get; init; }

    /// <summary>The same network, of which only some sources are wanted.</summary>
    /// <param name="sources">Names from <see cref="Sources"/>, in its order.</param>
    public SegmentNetwork Only(IReadOnlyList<string> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (sources.SequenceEqual(Sources))
        {
            return this;
        }

        int[] wanted = [.. sources.Select(name => Sources.ToList().IndexOf(name))];
        if (wanted.Contains(-1))
        {
            throw new ArgumentException($"sources: expected some of {string.Join(", ", Sources)}, got {string.Join(", ", sources)}", nameof(sources));
        }

        return this with { Sources = [.. sources], Separate = SeparateSome?.Invoke(wanted) ?? Dropping(wanted), SeparateSome = null };
    }

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
            Separate = Run(mixture => network.Separate(mixture)),
            SeparateSome = sources => Run(mixture => network.Separate(mixture, sources)),
        };

        SegmentSeparation Run(Func<Tensor, Tensor> separate) => (mixtures, estimates, batch) =>
        {
            lock (turn)
            {
                using Engine scope = engine.Scope();
                separate(scope.Tensor(mixtures, batch, network.Channels, network.SegmentSamples)).CopyTo(estimates);
            }
        };
    }

    private SegmentSeparation Dropping(int[] wanted) => (mixtures, estimates, batch) =>
    {
        int perSource = Channels * WindowSamples;
        float[] all = ArrayPool<float>.Shared.Rent(batch * Sources.Count * perSource);
        try
        {
            Separate(mixtures, all.AsSpan(0, batch * Sources.Count * perSource), batch);
            for (int i = 0; i < batch * wanted.Length; i++)
            {
                int source = ((i / wanted.Length) * Sources.Count) + wanted[i % wanted.Length];
                all.AsSpan(source * perSource, perSource).CopyTo(estimates[(i * perSource)..]);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(all);
        }
    };
}
