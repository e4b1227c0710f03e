using System.Buffers;
using Descant.Networks;
using Descant.Tensors;

namespace Descant.Separation;

/// <summary>Separates a batch of equally long windows.</summary>
/// <param name="mixtures">[batch, channels, window samples].</param>
/// <param name="estimates">[batch, sources, channels, window samples], to be filled.</param>
/// <param name="batch">Windows in the batch.</param>
public delegate void SegmentSeparation(ReadOnlySpan<float> mixtures, Span<float> estimates, int batch);

/// <summary>What separation knows about a network, or about several whose estimates are averaged: rate, channels, sources, window, and the function.</summary>
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

    /// <summary>Networks of the same rate and the same sources, in the same order, with whose estimates this one's are averaged, each with a window of its own.</summary>
    public IReadOnlyList<SegmentNetwork> Others { get; init; } = [];

    /// <summary>All networks whose estimates are averaged: this one, then <see cref="Others"/>.</summary>
    public IEnumerable<SegmentNetwork> All => Others.Prepend(this);

    /// <summary>The mean of several networks' estimates of the sources that all of them have: their errors differ, and cancel in part.</summary>
    /// <param name="networks">At least one; of one sample rate.</param>
    /// <exception cref="ArgumentException">Their rates differ, or they have no source in common.</exception>
    public static SegmentNetwork Mean(IReadOnlyList<SegmentNetwork> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        SegmentNetwork first = networks[0];
        if (networks.FirstOrDefault(network => network.SampleRate != first.SampleRate) is { } other)
        {
            throw new ArgumentException($"models: expected one sample rate to average at, got {first.SampleRate} and {other.SampleRate} Hz", nameof(networks));
        }

        string[] common = [.. first.Sources.Where(source => networks.All(network => network.Sources.Contains(source)))];
        if (common.Length == 0)
        {
            throw new ArgumentException(
                $"models: expected a source that all of them estimate, got {string.Join(" and ", networks.Select(network => string.Join(", ", network.Sources)))}", nameof(networks));
        }

        return first.Only(common) with { Others = [.. networks.Skip(1).Select(network => network.Only(common))] };
    }

    /// <summary>The same network, of which only some sources are wanted.</summary>
    /// <param name="sources">Names from <see cref="Sources"/>.</param>
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

        return this with
        {
            Sources = [.. sources],
            Separate = SeparateSome?.Invoke(wanted) ?? Dropping(wanted),
            SeparateSome = null,
            Others = [.. Others.Select(network => network.Only(sources))],
        };
    }

    /// <summary>Wraps a trained network. Calls may come from several threads; they run one after another, each on all of the engine's threads.</summary>
    /// <param name="network">The network.</param>
    /// <param name="engine">The engine that holds its weights.</param>
    public static SegmentNetwork From(Network network, Engine engine) => From([network], engine);

    /// <summary>Wraps trained networks whose estimates are averaged, as <see cref="Mean"/> does; they take turns like calls.</summary>
    /// <param name="networks">The networks, at least one.</param>
    /// <param name="engine">The engine that holds the weights of all.</param>
    public static SegmentNetwork From(IReadOnlyList<Network> networks, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(engine);
        Lock turn = new();
        return Mean([.. networks.Select(network => From(network, engine, turn))]);
    }

    private static SegmentNetwork From(Network network, Engine engine, Lock turn)
    {
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
