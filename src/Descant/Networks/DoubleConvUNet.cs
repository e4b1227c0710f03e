using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>The U-Net of Ronneberger et al. as S4 uses it: two 3×3 convolutions a level, max pooling down, 2×2 transposed convolutions up.</summary>
/// <remarks>
/// S4 §IV.B, figure 3: four levels down, four up, skips. Stated: every level halves the image. In the code behind S4 (unet_model.py)
/// only the first and third level do; on the way up every level still doubles, and the surplus is cut at the sides.
/// </remarks>
internal sealed class DoubleConvUNet : Module
{
    private const int DropoutLevels = 2; // on the way up, besides the bottom

    private readonly DoubleConv _first;
    private readonly IReadOnlyList<DoubleConv> _down;
    private readonly IReadOnlyList<ConvTranspose2d> _up;
    private readonly IReadOnlyList<DoubleConv> _merge;
    private readonly Conv2d _head;
    private readonly float _dropout;
    private readonly bool _isLegacy;

    public DoubleConvUNet(int channels, IReadOnlyList<int> widths, float dropout, bool isLegacy, Initializer init)
    {
        (_dropout, _isLegacy) = (dropout, isLegacy);
        int levels = widths.Count - 1;
        _first = Child("first", new DoubleConv(channels, widths[0], init));
        _down = Children("down", Enumerable.Range(0, levels).Select(level => new DoubleConv(widths[level], widths[level + 1], init)));
        int[] ups = [.. Enumerable.Range(0, levels).Select(i => widths[levels - 1 - i])];              // widths of the skips, from the deepest
        int Above(int i) => i == levels - 1 ? widths[0] : ups[i + 1];
        _up = Children("up", ups.Select(width => new ConvTranspose2d(width, width, 2, init, stride: 2)));
        _merge = Children("merge", ups.Select((width, i) => new DoubleConv(2 * width, Above(i), init)));
        _head = Child("head", new Conv2d(widths[0], 1, 1, init));
    }

    /// <summary>Sides of an image must be multiples of this.</summary>
    public int Multiple => 1 << (_isLegacy ? (_down.Count + 1) / 2 : _down.Count);

    /// <param name="image">[batch, channels, height, width].</param>
    /// <returns>Logits of a mask, [batch, 1, height, width].</returns>
    public Tensor Forward(Tensor image)
    {
        Stack<Tensor> skips = new();
        Tensor x = _first.Forward(image);
        for (int level = 0; level < _down.Count; level++)
        {
            skips.Push(x);
            x = _down[level].Forward(_isLegacy && level % 2 == 1 ? x : x.MaxPool2d(2));
        }

        x = x.Dropout(_dropout);
        for (int i = 0; i < _up.Count; i++)
        {
            Tensor skip = skips.Pop();
            x = _merge[i].Forward(skip, Cut(Cut(_up[i].Forward(x), 2, skip.Size(2)), 3, skip.Size(3)));
            x = i < DropoutLevels ? x.Dropout(_dropout) : x;
        }

        return _head.Forward(x);
    }

    /// <summary>The middle of an axis.</summary>
    private static Tensor Cut(Tensor x, int axis, int length) => x.Slice(axis, (x.Size(axis) - length) / 2, length);

    private sealed class DoubleConv : Module
    {
        private readonly ConvBlock _first;
        private readonly ConvBlock _second;

        public DoubleConv(int inputs, int outputs, Initializer init)
        {
            _first = Child("0", ConvBlock.Down(new Conv2d(inputs, outputs, 3, init, padding: 1), slope: 0, init));
            _second = Child("1", ConvBlock.Down(new Conv2d(outputs, outputs, 3, init, padding: 1), slope: 0, init));
        }

        public Tensor Forward(params ReadOnlySpan<Tensor> inputs) => _second.Forward(_first.Forward(inputs));
    }
}
