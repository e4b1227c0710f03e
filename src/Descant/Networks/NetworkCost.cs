using Descant.Tensors;

namespace Descant.Networks;

/// <summary>What a network weighs and what separating costs, taken from the network itself.</summary>
/// <param name="Parameters">Trained values.</param>
/// <param name="MultiplyAddsPerSecondOfAudio">Multiply-adds of convolutions, linear layers, matrix products and recurrent layers that separating one training excerpt takes, for each second of it. Recurrent inference counts with the most iterations allowed, contexts that neighbouring segments share count once; transforms, clustering and everything elementwise are left out.</param>
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
        float[] noise = [.. Enumerable.Range(0, network.Channels * samples).Select(_ => (0.2f * random.NextSingle()) - 0.1f)];
        using Engine scope = engine.Scope();
        Tensor mixture = scope.Tensor(noise, 1, network.Channels, samples);
        long before = engine.MultiplyAdds;
        network.CountedPass(mixture);
        return new NetworkCost(network.ParameterCount, (engine.MultiplyAdds - before) * ((double)network.SampleRate / samples));
    }
}
