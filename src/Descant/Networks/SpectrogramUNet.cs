using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>The convolutional U-Net that looks at a magnitude spectrogram and answers with a soft mask of the same size.</summary>
/// <remarks>
/// Jansson et al., "Singing Voice Separation with Deep U-Net Convolutional Networks", ISMIR 2017, §3.1 and figure 1, and the variants
/// of S0 §2.2. Per encoder level: convolution of stride 2, batch normalisation, leaky rectifier 0.2. Per decoder level: transposed
/// convolution, batch normalisation, dropout on the first three, rectifier, concatenation with the encoder's map of equal size
/// (decoder first). The last has no normalisation and a sigmoid. Dropout stands behind the rectifier instead of before it: both orders
/// are the same function, because dropout only scales by non-negative factors.
/// </remarks>
public sealed class SpectrogramUNet : Module
{
    private const float EncoderSlope = 0.2f;

    private readonly IReadOnlyList<ConvBlock> _encoders;
    private readonly IReadOnlyList<ConvBlock> _decoders;
    private readonly ConvTranspose2d _head;
    private readonly UNetShape _shape;

    /// <summary>Builds the network with fresh weights.</summary>
    public SpectrogramUNet(UNetShape shape, Initializer init)
    {
        _shape = shape;
        int levels = shape.Widths.Count;
        (int padding, int outputPadding) = shape.Kernel % 2 == 0 ? ((shape.Kernel / 2) - 1, 0) : (shape.Kernel / 2, 1); // halves and doubles exactly
        ConvTranspose2d Up(int inputs, int outputs) => new(inputs, outputs, shape.Kernel, init, stride: 2, padding, outputPadding);
        int Width(int level) => level < 0 ? shape.Channels : shape.Widths[level];
        _encoders = Children("encoder", Enumerable.Range(0, levels).Select(level =>
            ConvBlock.Down(new Conv2d(Width(level - 1), Width(level), shape.Kernel, init, stride: 2, padding), EncoderSlope, init, shape.Epsilon)));
        _decoders = Children("decoder", Enumerable.Range(0, levels - 1).Select(i =>
        {
            int level = levels - 1 - i; // from the deepest up; all but the deepest also see a skip
            return ConvBlock.Up(Up(i == 0 ? Width(level) : 2 * Width(level), Width(level - 1)), slope: 0, init, shape.Epsilon);
        }));
        _head = Child("head", Up(levels == 1 ? Width(0) : 2 * Width(0), shape.Channels));
    }

    /// <summary>Bins and frames of an input must be multiples of this.</summary>
    public int Multiple => 1 << _shape.Widths.Count;

    /// <param name="magnitudes">Any non-negative feature of the mixture, [batch, channels, bins, frames], bins and frames multiples of <see cref="Multiple"/>.</param>
    /// <returns>The mask, same shape, in (0, 1).</returns>
    public Tensor Forward(Tensor magnitudes)
    {
        if (magnitudes.Rank != 4 || magnitudes.Size(1) != _shape.Channels || magnitudes.Size(2) % Multiple != 0 || magnitudes.Size(3) % Multiple != 0)
        {
            throw new ArgumentException($"u-net: expects [batch, {_shape.Channels}, bins, frames] with bins and frames multiples of {Multiple}, got {magnitudes}. Pad it first.");
        }

        return Level(0, magnitudes);
    }

    /// <summary>What a level and all below it make of its input: a map of the input's size, at the top the mask.</summary>
    private Tensor Level(int level, Tensor x)
    {
        Tensor map = _encoders[level].Forward(x); // [batch, width, bins/2, frames/2] of the level above
        bool isDeepest = level == _encoders.Count - 1;
        Tensor[] inputs = isDeepest ? [map] : [map.Recycling(below => Level(level + 1, below)), map]; // decoder first
        if (level == 0)
        {
            return _head.Forward(inputs, Activation.Sigmoid);
        }

        int decoder = _encoders.Count - 1 - level;
        Tensor up = _decoders[decoder].Forward(inputs);
        return decoder < _shape.DropoutLevels ? up.Dropout(_shape.Dropout) : up;
    }
}
