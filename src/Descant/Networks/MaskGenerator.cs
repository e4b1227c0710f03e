using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Networks;

/// <summary>A convolutional encoder and decoder with residual blocks between, from an image to a mask of its size.</summary>
/// <remarks>
/// Michelashvili, Benaim and Wolf, ICASSP 2019, after the content coder of Huang et al. (MUNIT, ECCV 2018): 7×7 convolution; 4×4
/// convolutions of stride 2; residual blocks of two 3×3 convolutions, as many again in the decoder; nearest-neighbour doubling with 5×5
/// convolutions; 7×7 convolution with a sigmoid. Edges are mirrored; instance normalisation down, layer normalisation up; rectifiers.
/// Convolutions before instance normalisation have no biases, which it would take away again.
/// </remarks>
internal sealed class MaskGenerator : Module
{
    private const float Epsilon = 1e-5f;

    private readonly IReadOnlyList<PaddedConv> _down;
    private readonly IReadOnlyList<ResidualBlock> _blocks;
    private readonly IReadOnlyList<PaddedConv> _up;
    private readonly IReadOnlyList<GroupNorm> _upNorms;
    private readonly PaddedConv _head;

    public MaskGenerator(int width, int downSamplings, int residualBlocks, Initializer init)
    {
        int Width(int level) => width << level;
        _down = Children("down", Enumerable.Range(0, downSamplings + 1).Select(level => level == 0
            ? new PaddedConv(1, width, 7, 1, init, bias: false)
            : new PaddedConv(Width(level - 1), Width(level), 4, 2, init, bias: false)));
        _blocks = Children("block", Enumerable.Range(0, 2 * residualBlocks).Select(_ => new ResidualBlock(Width(downSamplings), init)));
        int[] levels = [.. Enumerable.Range(0, downSamplings).Reverse()];
        _up = Children("up", levels.Select(level => new PaddedConv(Width(level + 1), Width(level), 5, 1, init)));
        _upNorms = Children("up_norm", levels.Select(level => new GroupNorm(1, Width(level), init)));
        _head = Child("head", new PaddedConv(width, 1, 7, 1, init));
    }

    /// <param name="image">[batch, 1, bins, frames], sides multiples of 2^downSamplings.</param>
    /// <returns>A mask in (0, 1), same shape.</returns>
    public Tensor Forward(Tensor image)
    {
        Tensor x = image;
        foreach (PaddedConv down in _down)
        {
            x = down.Forward(x).InstanceNorm(null, null, Epsilon).Relu();
        }

        foreach (ResidualBlock block in _blocks)
        {
            x = block.Forward(x);
        }

        for (int i = 0; i < _up.Count; i++)
        {
            x = x.UpsampleNearest(2, 2 * x.Size(2)).UpsampleNearest(3, 2 * x.Size(3));
            x = _upNorms[i].Forward(_up[i].Forward(x)).Relu();
        }

        return _head.Forward(x, Activation.Sigmoid);
    }

    private sealed class ResidualBlock : Module
    {
        private readonly PaddedConv _first;
        private readonly PaddedConv _second;

        public ResidualBlock(int width, Initializer init)
        {
            _first = Child("0", new PaddedConv(width, width, 3, 1, init, bias: false));
            _second = Child("1", new PaddedConv(width, width, 3, 1, init, bias: false));
        }

        public Tensor Forward(Tensor x) =>
            x + _second.Forward(_first.Forward(x).InstanceNorm(null, null, Epsilon).Relu()).InstanceNorm(null, null, Epsilon);
    }
}
