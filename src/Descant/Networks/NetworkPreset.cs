using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>A named network.</summary>
/// <param name="Name">As on the command line and in recipes.</param>
/// <param name="Paper">S0 to S4, the paper that defines it; empty for ours.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Options">Its definition.</param>
/// <param name="IsTiny">True for reduced versions that tests train.</param>
public sealed record NetworkPreset(string Name, string Paper, string Description, NetworkOptions Options, bool IsTiny = false)
{
    /// <summary>Builds the network with fresh weights.</summary>
    /// <param name="engine">Where its parameters live.</param>
    /// <param name="seed">Decides the weights.</param>
    public Network Build(Engine engine, int seed = 0) => Options.Build(new Initializer(engine, seed, Options.Weights));
}
