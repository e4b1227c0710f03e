namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>e^x divided by its sum along an axis: positive, summing to 1.</summary>
    public Tensor Softmax(int axis)
    {
        int a = Axis(axis);
        Tensor e = (Detach() - Detach().Max(a)).Exp();
        Tensor y = (e / e.Sum(a)).On(Engine);
        return Engine.Record(y, [this], g =>
        {
            Tensor weighted = g * y;
            return [weighted - (y * weighted.Sum(a))];
        });
    }

    /// <summary>The logarithm of <see cref="Softmax"/>, computed without its overflow.</summary>
    public Tensor LogSoftmax(int axis)
    {
        int a = Axis(axis);
        Tensor centred = Detach() - Detach().Max(a);
        Tensor y = (centred - centred.Exp().Sum(a).Log()).On(Engine);
        return Engine.Record(y, [this], g => [g - (y.Exp() * g.Sum(a))]);
    }

    /// <summary>The largest element along an axis, which keeps size 1. No gradient flows through it.</summary>
    public Tensor Max(int axis)
    {
        int a = Axis(axis);
        if (_shape[a] == 0)
        {
            throw new ArgumentException($"max: axis {a} of {this} is empty.");
        }

        // Halves of the axis against each other: log2(n) element-wise passes, vectorised whatever the layout.
        Tensor x = Detach();
        while (x.Shape[a] > 1)
        {
            int half = x.Shape[a] / 2;
            Tensor larger = Maximum(x.Slice(a, 0, half), x.Slice(a, half, half));
            x = x.Shape[a] % 2 == 0 ? larger : Concat(a, larger, x.Slice(a, 2 * half, 1));
        }

        return x;
    }
}
