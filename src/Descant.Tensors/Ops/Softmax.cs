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

    /// <summary>The largest element along an axis, which keeps size 1; equal ones share the gradient, as in PyTorch's amax.</summary>
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

        Tensor y = x.On(Engine);
        return Engine.Record(y, [this], g =>
        {
            Tensor winners = Elementwise.Binary("max", this, x, default(IsEqualOp));
            return [winners * (g / winners.Sum(a))];
        });
    }

    private readonly struct IsEqualOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, Kernels.IVector<TV> => TV.Select(TV.EqualTo(a, b), TV.Broadcast(1), TV.Zero);
    }
}
