using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>max(x, 0).</summary>
    public Tensor Relu() => LeakyRelu(0);

    /// <summary>x above 0, slope · x elsewhere; the gradient at 0 is the slope, as in PyTorch. With a slope of 0 it is <see cref="Relu"/>, of −∞, too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The slope is not in [0, 1).</exception>
    public Tensor LeakyRelu(float slope)
    {
        if (slope is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(slope), slope, $"leaky_relu: the slope expects a value in [0, 1), got {slope}.");
        }

        Tensor y = slope == 0 ? Elementwise.Unary(this, default(ReluOp)) : Elementwise.Unary(this, new LeakyReluOp(slope));
        return Engine.Record(y, [this], g => [Elementwise.Ternary(g, y, y, new LeakyReluGradientOp(slope))]);
    }

    /// <summary>1 / (1 + e^−x).</summary>
    public Tensor Sigmoid()
    {
        Tensor y = Elementwise.Unary(this, default(SigmoidOp));
        return Engine.Record(y, [this], g => [Elementwise.Ternary(g, y, y, default(SigmoidGradientOp))]);
    }

    /// <summary>Hyperbolic tangent.</summary>
    public Tensor Tanh()
    {
        Tensor y = Elementwise.Unary(this, default(TanhOp));
        return Engine.Record(y, [this], g => [Elementwise.Ternary(g, y, y, default(TanhGradientOp))]);
    }

    /// <summary>Apart from the leaky one, since 0 · ∞ is not a number.</summary>
    private readonly struct ReluOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Max(TV.Zero, a);
    }

    private readonly struct LeakyReluOp(float slope) : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Max(a, a * TV.Broadcast(slope));
    }

    /// <summary>The sign of the result is that of the input, so the result alone decides the slope.</summary>
    private readonly struct LeakyReluGradientOp(float slope) : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Select(TV.GreaterThan(b, TV.Zero), a, a * TV.Broadcast(slope));
    }

    private readonly struct SigmoidOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => VectorMath.Sigmoid(a);
    }

    private readonly struct SigmoidGradientOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a * b * (TV.Broadcast(1) - b);
    }

    private readonly struct TanhOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => VectorMath.Tanh(a);
    }

    private readonly struct TanhGradientOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a * (TV.Broadcast(1) - (b * b));
    }
}
