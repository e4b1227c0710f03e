using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>S4's proposal: a U-Net that sees, beside the spectrogram, the masks of voice and background of a hybrid deep clustering.</summary>
/// <remarks>
/// S4 §IV.B, figure 4: both are trained together. The masks are transposed into images; the code only gives the same memory another
/// shape, which scrambles them.
/// </remarks>
public sealed class UhNet : MelMaskingNetwork
{
    private const string Reference = "clustering"; // named as in DeepClustering, whose weights therefore fit

    private readonly UhNetOptions _options;
    private readonly EmbeddingBody _clustering;
    private readonly DoubleConvUNet _unet;

    /// <summary>Builds the network with fresh weights.</summary>
    public UhNet(UhNetOptions options, Initializer init)
        : base(options, init)
    {
        _options = options;
        _clustering = Child(Reference, new EmbeddingBody(
            options.Bands, options.Hidden, options.Layers, options.Dimensions, options.Dropout, hasHead: true, init));
        _unet = Child("unet", new DoubleConvUNet(3, options.Widths, options.Dropout, isLegacy: false, init));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Objective> Objectives =>
    [
        new("network", [.. Parameters.Where(p => !_options.FreezeReference || !p.Name.StartsWith(Reference + ".", StringComparison.Ordinal))], Loss),
    ];

    private protected override int FrameMultiple => _unet.Multiple;

    private protected override Tensor VocalMask(Tensor features) => Forward(features).Logits.Sigmoid();

    private protected override Tensor Loss(MelTargets targets)
    {
        (Tensor logits, Tensor directions, Tensor shares) = Forward(targets.Features);
        Tensor loss = targets.CrossEntropy(logits).Reshape();
        if (_options.ReferenceWeight == 0 || _options.FreezeReference)
        {
            return loss;
        }

        Tensor affinity = EmbeddingBody.AffinityLoss(directions, DeepClustering.Labels(targets, singleColumn: false), DeepClustering.Weights(targets, byMagnitude: false));
        return loss + ((affinity + targets.CrossEntropy(shares).Reshape()) * _options.ReferenceWeight);
    }

    private (Tensor Logits, Tensor Directions, Tensor Shares) Forward(Tensor features)
    {
        (Tensor directions, Tensor? shares) = _clustering.Forward(_options.FreezeReference ? features.Detach() : features);
        Tensor voice = shares!.Sigmoid();                                                       // this body has the head
        Tensor image = Tensor.Stack(1, voice, 1f - voice, features);                            // [batch, 3, frames, bands]
        return (_unet.Forward(image).Select(1, 0), directions, shares);
    }
}
