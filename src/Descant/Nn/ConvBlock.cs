using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Nn;

/// <summary>Convolution, batch normalisation and leaky rectifier: the step that U-Nets are made of, plain or transposed.</summary>
/// <remarks>
/// While a tape records, the convolution's bias is left to the running mean: batch normalisation subtracts it again, so that neither
/// the result nor any gradient depends on it. Otherwise the normalisation is folded into the convolution's own pass.
/// </remarks>
public sealed class ConvBlock : Module
{
    private readonly Conv2d? _conv;
    private readonly ConvTranspose2d? _transposed;
    private readonly BatchNorm _norm;

    private ConvBlock(Conv2d? conv, ConvTranspose2d? transposed, BatchNorm norm)
    {
        _conv = conv is null ? null : Child("conv", conv);
        _transposed = transposed is null ? null : Child("conv", transposed);
        _norm = Child("norm", norm);
    }

    /// <summary>A block around a convolution.</summary>
    /// <param name="conv">The convolution.</param>
    /// <param name="slope">Slope below 0: 1 for none, 0 for ReLU.</param>
    /// <param name="init">Where the normalisation's parameters come from.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static ConvBlock Down(Conv2d conv, float slope, Initializer init, float epsilon = 1e-5f) =>
        new(conv, null, new BatchNorm(conv.Weight.Size(0), init, epsilon, slope: slope));

    /// <summary>A block around a transposed convolution.</summary>
    /// <param name="conv">The transposed convolution.</param>
    /// <param name="slope">Slope below 0: 1 for none, 0 for ReLU.</param>
    /// <param name="init">Where the normalisation's parameters come from.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static ConvBlock Up(ConvTranspose2d conv, float slope, Initializer init, float epsilon = 1e-5f) =>
        new(null, conv, new BatchNorm(conv.Weight.Size(1), init, epsilon, slope: slope));

    private Tensor Weight => _conv?.Weight ?? _transposed!.Weight; // one of the two is always there

    private Tensor? Bias => _conv is null ? _transposed!.Bias : _conv.Bias;

    /// <param name="inputs">One or more tensors [batch, channels, height, width], taken as concatenated along channels.</param>
    /// <returns>[batch, out channels, height', width'].</returns>
    public Tensor Forward(params ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
        {
            if (input.IsRecorded)
            {
                return _norm.Forward(Convolve(inputs, null, Activation.None, null), Bias);
            }
        }

        Folded folded = Weight.Storage.Derived.Get<Folded>(this, _norm.Version + (Bias?.Storage.Version ?? 0), _ => Fold());
        Activation rectifier = _norm.Slope == 1 ? Activation.None : Activation.LeakyRelu;
        return Convolve(inputs, folded.Shift, rectifier, folded.Scale);
    }

    private Tensor Convolve(ReadOnlySpan<Tensor> inputs, Tensor? bias, Activation activation, Tensor? scale) => _conv is { } conv
        ? Tensor.Conv2d(inputs, conv.Weight, bias, conv.Geometry, activation, _norm.Slope, scale)
        : Tensor.ConvTranspose2d(inputs, _transposed!.Weight, bias, _transposed.Geometry, _transposed.OutputPadding, activation, _norm.Slope, scale);

    /// <summary>scale·(w∗x + bias) + shift = scale·(w∗x) + (scale·bias + shift).</summary>
    private Folded Fold()
    {
        (Tensor scale, Tensor shift) = _norm.Fixed();
        return new Folded(scale, Bias is { } bias ? (bias.Detach() * scale) + shift : shift);
    }

    private sealed record Folded(Tensor Scale, Tensor Shift);
}
