using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>S4's U-Net: the log mel spectrogram is an image, the answer a mask of the voice's share of every bin's power.</summary>
/// <remarks>S4 §IV.B and §V.A: binary cross-entropy against the proportion mask.</remarks>
public sealed class MelUNet : MelMaskingNetwork
{
    private readonly DoubleConvUNet _unet;

    /// <summary>Builds the network with fresh weights.</summary>
    public MelUNet(MelUNetOptions options, Initializer init)
        : base(options, init)
    {
        _unet = Child("unet", new DoubleConvUNet(1, options.Widths, options.Dropout, options.IsLegacy, init));
        if (options.Bands % _unet.Multiple != 0)
        {
            throw new ArgumentException($"mel u-net: expects bands in a multiple of {_unet.Multiple}, got {options.Bands}.");
        }
    }

    private protected override int FrameMultiple => _unet.Multiple;

    private protected override Tensor VocalMask(Tensor features) => Logits(features).Sigmoid();

    private protected override Tensor Loss(MelTargets targets) => targets.CrossEntropy(Logits(targets.Features));

    private Tensor Logits(Tensor features) => _unet.Forward(features.Unsqueeze(1)).Select(1, 0);
}
