using Descant.Tensors;

namespace Descant.Networks;

/// <summary>What a network weighs and what separating costs, taken from the network itself.</summary>
/// <param name="Parameters">Trained values.</param>
/// <param name="MultiplyAddsPerSecondOfAudio">Multiply-adds of convolutions, linear layers, matrix products and recurrent layers of a forward pass over one training excerpt, for each second of it; transforms and everything elementwise are left out.</param>
public sealed record NetworkCost(long Parameters, double MultiplyAddsPerSecondOfAudio)
{
    /// <summary>Builds a network with fresh weights and lets noise pass through it.</summary>
    /// <param name="preset">Which.</param>
    /// <param name="threads">Threads to compute with; 0 takes one per processor.</param>
    public static NetworkCost Of(NetworkPreset preset, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(preset);
        using Engine engine = new(threads);
        Network network = preset.Build(engine);
        Random random = new(1);
        int samples = network.ExcerptSamples;
        float[] noise = [.. Enumerable.Range(0, network.Sources.Count * network.Channels * samples).Select(_ => (0.2f * random.NextSingle()) - 0.1f)];
        using Engine scope = engine.Scope();
        Tensor sources = scope.Tensor(noise, 1, network.Sources.Count, network.Channels, samples);
        Tensor mixture = sources.Sum(1).Reshape(1, network.Channels, samples);
        long before = engine.MultiplyAdds;
        network.Loss(new TrainingBatch(mixture, sources, [network.SampleRate / 2f])); // nothing records: one forward pass
        return new NetworkCost(network.ParameterCount, (engine.MultiplyAdds - before) * ((double)network.SampleRate / samples));
    }
}
