using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>The deep residual U-Net of S2, whose skip connections add instead of concatenating.</summary>
/// <remarks>
/// Li et al. (S2) §II.A, tables I and II, after Quan, Hildebrand and Jeong, "FusionNet", 2016. Table I's up-sampling column begins
/// one step too late (nothing makes 16 × 4 of 8 × 2) and ends with a block that keeps the size; read one line up, all sizes fit.
/// The text's "DS6 and US1 are summed up as the input feature in DS2" then is: DS5 and US1 summed are the input of US2.
/// </remarks>
public sealed class SummingUNet : Module
{
    private const float Slope = 0.2f;
    private const float Epsilon = 1e-3f; // TensorFlow's, with which S2 was trained
    private const int Kernel = 5;

    private readonly IReadOnlyList<DownBlock> _down;
    private readonly IReadOnlyList<UpBlock> _up;
    private readonly ConvTranspose2d _head;

    /// <summary>Builds the network with fresh weights.</summary>
    /// <param name="variant">How the down-sampling blocks halve.</param>
    /// <param name="hasStridelessPools">Whether those of strided convolutions have table II's poolings, too.</param>
    /// <param name="widths">Feature maps by level.</param>
    /// <param name="outputs">Spectrograms that it estimates.</param>
    /// <param name="init">Where parameters come from.</param>
    public SummingUNet(FusionNetVariant variant, bool hasStridelessPools, IReadOnlyList<int> widths, int outputs, Initializer init)
    {
        int levels = widths.Count;
        Multiple = 1 << levels;
        _down = Children("down", Enumerable.Range(0, levels).Select(level => new DownBlock(variant, hasStridelessPools, level == 0 ? 1 : widths[level - 1], widths[level], init)));
        _up = Children("up", Enumerable.Range(0, levels - 1).Reverse().Select(level => new UpBlock(widths[level + 1], widths[level], init)));
        _head = Child("head", Up(widths[0], outputs, init));
    }

    /// <summary>Bins and frames of an input must be multiples of this.</summary>
    public int Multiple { get; }

    /// <param name="magnitudes">[batch, 1, bins, frames], multiples of <see cref="Multiple"/>.</param>
    /// <returns>[batch, outputs, bins, frames]; what is negative, little by the leaky rectifier, means 0.</returns>
    public Tensor Forward(Tensor magnitudes)
    {
        Stack<Tensor> skips = new();
        Tensor x = magnitudes;
        foreach (DownBlock down in _down)
        {
            skips.Push(x = down.Forward(x));
        }

        skips.Pop();                            // the deepest map is not its own skip
        foreach (UpBlock up in _up)
        {
            x = up.Forward(x) + skips.Pop();
        }

        return _head.Forward([x], Activation.LeakyRelu, Slope); // a plain rectifier's outputs died under the loss, whose median target is almost 0
    }

    private static ConvBlock Convolved(int inputs, int outputs, float slope, Initializer init, int stride = 1) =>
        ConvBlock.Down(new Conv2d(inputs, outputs, Kernel, init, stride, padding: Kernel / 2), slope, init, Epsilon);

    private static ConvBlock Transposed(int width, float slope, Initializer init) =>
        ConvBlock.Up(new ConvTranspose2d(width, width, Kernel, init, padding: Kernel / 2), slope, init, Epsilon);

    private static ConvTranspose2d Up(int inputs, int outputs, Initializer init) =>
        new(inputs, outputs, Kernel, init, stride: 2, padding: Kernel / 2, outputPadding: 1);

    /// <summary>Convolution, residual layer, convolution; halves bins and frames.</summary>
    private sealed class DownBlock : Module
    {
        private readonly FusionNetVariant _variant;
        private readonly bool _pools;
        private readonly ConvBlock _first;
        private readonly IReadOnlyList<ConvBlock> _residual;
        private readonly ConvBlock _last;

        public DownBlock(FusionNetVariant variant, bool hasStridelessPools, int inputs, int width, Initializer init)
        {
            _variant = variant;
            _pools = hasStridelessPools && variant == FusionNetVariant.StridedConvolution;
            _first = Child("first", Convolved(inputs, width, Slope, init, stride: variant == FusionNetVariant.StridedConvolution ? 2 : 1));
            _residual = Children("residual", Enumerable.Range(0, 3).Select(i => Convolved(width, width, i < 2 ? Slope : 1, init)));
            _last = Child("last", Convolved(width, width, Slope, init));
        }

        public Tensor Forward(Tensor x)
        {
            Tensor Smoothed(Tensor y) => _pools ? y.MaxPool2d(3, stride: 1, padding: 1) : y;
            x = Smoothed(_first.Forward(x));
            Tensor r = x;
            foreach (ConvBlock conv in _residual)
            {
                r = conv.Forward(r);
            }

            x = _last.Forward(Smoothed((x + r).LeakyRelu(Slope)));
            return _variant == FusionNetVariant.StridedConvolution ? Smoothed(x) : x.MaxPool2d(2);
        }
    }

    /// <summary>Two transposed convolutions, the first of which doubles bins and frames, inverse residual layer, transposed convolution.</summary>
    private sealed class UpBlock : Module
    {
        private readonly ConvBlock _doubling;
        private readonly ConvBlock _first;
        private readonly IReadOnlyList<ConvBlock> _residual;
        private readonly ConvBlock _last;

        public UpBlock(int inputs, int width, Initializer init)
        {
            _doubling = Child("doubling", ConvBlock.Up(Up(inputs, width, init), slope: 0, init, Epsilon));
            _first = Child("first", Transposed(width, 0, init));
            _residual = Children("residual", Enumerable.Range(0, 3).Select(i => Transposed(width, i < 2 ? 0 : 1, init)));
            _last = Child("last", Transposed(width, 0, init));
        }

        public Tensor Forward(Tensor x)
        {
            x = _first.Forward(_doubling.Forward(x));
            Tensor r = x;
            foreach (ConvBlock conv in _residual)
            {
                r = conv.Forward(r);
            }

            return _last.Forward((x + r).Relu());
        }
    }
}
