using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>Says at several scales how real the parts of an image look: 1 for real, 0 for made up.</summary>
/// <remarks>
/// As in MUNIT (Huang et al., ECCV 2018): 4×4 convolutions of stride 2 with leaky rectifiers, without normalisation, then 1×1; the next
/// scale sees the image averaged over 3×3. Trained by least squares (Mao et al., ICCV 2017).
/// </remarks>
internal sealed class MultiScaleDiscriminator : Module
{
    private readonly IReadOnlyList<Scale> _scales;

    public MultiScaleDiscriminator(int width, int layers, int scales, Initializer init) =>
        _scales = Children("scale", Enumerable.Range(0, scales).Select(_ => new Scale(width, layers, init)));

    /// <summary>Mean square of the distance between what is said and what should have been, summed over the scales.</summary>
    /// <param name="images">[batch, 1, height, width].</param>
    /// <param name="wanted">1 for real, 0 for made up.</param>
    /// <returns>A scalar.</returns>
    public Tensor Error(Tensor images, float wanted)
    {
        Tensor? sum = null;
        foreach (Scale scale in _scales)
        {
            Tensor error = (scale.Forward(images) - wanted).Square().Mean().Reshape();
            sum = sum is null ? error : sum + error;
            images = Halve(images);
        }

        return sum ?? throw new InvalidOperationException("discriminator: expects at least one scale, got none.");
    }

    /// <summary>Averages over 3×3 of what lies inside the image.</summary>
    private static Tensor Halve(Tensor images)
    {
        Tensor inside = images.Engine.Full(1, 1, 1, images.Size(2), images.Size(3)).Detach().AvgPool2d(3, stride: 2, padding: 1);
        return images.AvgPool2d(3, stride: 2, padding: 1) / inside;
    }

    private sealed class Scale : Module
    {
        private const float Slope = 0.2f;

        private readonly IReadOnlyList<PaddedConv> _layers;
        private readonly Conv2d _head;

        public Scale(int width, int layers, Initializer init)
        {
            _layers = Children("layer", Enumerable.Range(0, layers).Select(i => new PaddedConv(i == 0 ? 1 : width << (i - 1), width << i, 4, 2, init)));
            _head = Child("head", new Conv2d(width << (layers - 1), 1, 1, init));
        }

        public Tensor Forward(Tensor x)
        {
            foreach (PaddedConv layer in _layers)
            {
                x = layer.Forward(x, Activation.LeakyRelu, Slope);
            }

            return _head.Forward(x);
        }
    }
}
