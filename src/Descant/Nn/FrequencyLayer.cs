using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Mixes the rows of every column of every feature map by two linear layers with a bottleneck between, and adds the result to the input.</summary>
/// <remarks>
/// The time-distributed fully connected layers of Choi et al., "Investigating U-Nets with various intermediate blocks for
/// spectrogram-based singing voice separation", ISMIR 2020, §3: convolutions see neighbours, this sees a whole harmonic series.
/// </remarks>
public sealed class FrequencyLayer : Module
{
    private readonly Linear _down;
    private readonly BatchNorm _downNorm;
    private readonly Linear _up;
    private readonly BatchNorm _upNorm;

    /// <param name="channels">Feature maps.</param>
    /// <param name="rows">Rows of a map.</param>
    /// <param name="inner">Rows in the bottleneck.</param>
    /// <param name="slope">Of the leaky rectifiers behind both normalisations.</param>
    /// <param name="init">Where parameters come from.</param>
    public FrequencyLayer(int channels, int rows, int inner, float slope, Initializer init)
    {
        _down = Child("down", new Linear(rows, inner, init, bias: false));
        _downNorm = Child("down_norm", new BatchNorm(channels, init, slope: slope));
        _up = Child("up", new Linear(inner, rows, init, bias: false));
        _upNorm = Child("up_norm", new BatchNorm(channels, init, slope: slope));
    }

    /// <param name="x">[batch, channels, rows, frames].</param>
    /// <returns>Same shape.</returns>
    public Tensor Forward(Tensor x) => x + _upNorm.Forward(Mix(_up.Weight, _downNorm.Forward(Mix(_down.Weight, x))));

    /// <summary>weight [out, rows] times the rows: with channels innermost in memory one product of matrices for each item.</summary>
    private static Tensor Mix(Tensor weight, Tensor x)
    {
        (int batch, int channels, int rows, int frames) = (x.Size(0), x.Size(1), x.Size(2), x.Size(3));
        int outputs = weight.Size(0);
        Tensor columns = x.Permute(0, 2, 3, 1).Reshape(batch, rows, frames * channels);
        Tensor shared = weight.On(x.Engine).Unsqueeze(0).BroadcastTo(batch, outputs, rows);
        return Tensor.MatMul(shared, columns).Reshape(batch, outputs, frames, channels).Permute(0, 3, 1, 2);
    }
}
