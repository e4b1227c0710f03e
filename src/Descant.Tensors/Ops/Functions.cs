using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>e to the power of every element.</summary>
    public Tensor Exp()
    {
        Tensor y = Elementwise.Unary(this, default(ExpOp));
        return Engine.Record(y, [this], g => [g * y]);
    }

    /// <summary>Natural logarithm of every element; −∞ at 0, NaN below. The gradient at 0 is 0.</summary>
    public Tensor Log() => Engine.Record(
        Elementwise.Unary(this, default(LogOp)), [this], g => [Elementwise.Binary("log", g, this, default(DivideOrZeroOp))]);

    /// <summary>log(1 + x) of every element, for magnitudes: exact enough near 0 in float32 for inputs ≥ 0.</summary>
    public Tensor Log1p() => (this + 1f).Log();

    /// <summary>Square root of every element; its gradient at 0 is infinite, so add an epsilon first where 0 occurs.</summary>
    public Tensor Sqrt()
    {
        Tensor y = Elementwise.Unary(this, default(SqrtOp));
        return Engine.Record(y, [this], g => [g / y * 0.5f]);
    }

    /// <summary>Absolute value; the gradient at 0 is 0, as in PyTorch.</summary>
    public Tensor Abs() => Engine.Record(
        Elementwise.Unary(this, default(AbsOp)),
        [this],
        g => [Elementwise.Ternary(g, this, this, default(AbsGradientOp))]);

    /// <summary>√(a² + b²) of two tensors of one shape: the magnitudes of complex numbers given as parts. The gradient at 0 is 0.</summary>
    public static Tensor Hypotenuse(Tensor a, Tensor b)
    {
        Tensor y = Elementwise.Binary("hypotenuse", a, b, default(HypotenuseOp));
        return Engine.Record(y, [a, b], g =>
        {
            Tensor factor = Elementwise.Binary("hypotenuse", g, y, default(DivideOrZeroOp));
            return [factor * a, factor * b];
        });
    }

    /// <summary>Every element times itself.</summary>
    public Tensor Square() => this * this;

    /// <summary>Every element to a power: ½ by the square root, 1, 2 and 3 by multiplication, for any x; every other one is exp(p·log x), for x > 0.</summary>
    public Tensor Pow(float exponent) => exponent switch
    {
        0.5f => Sqrt(),
        1f => this,
        2f => Square(),
        3f => Square() * this,
        _ => (Log() * exponent).Exp(),
    };

    /// <summary>Limits every element to a range; the gradient is 0 outside it. NaN stays NaN, with a gradient of 0, as in PyTorch.</summary>
    public Tensor Clamp(float low, float high) => Engine.Record(
        Elementwise.Unary(this, new ClampOp(low, high)),
        [this],
        g => [Elementwise.Ternary(g, this, this, new ClampGradientOp(low, high))]);

    private readonly struct ExpOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => VectorMath.Exp(a);
    }

    private readonly struct LogOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => VectorMath.Log(a);
    }

    private readonly struct SqrtOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Sqrt(a);
    }

    private readonly struct HypotenuseOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Sqrt(TV.MultiplyAdd(a, a, b * b));
    }

    private readonly struct DivideOrZeroOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Select(TV.GreaterThan(b, TV.Zero), a / b, TV.Zero);
    }

    private readonly struct AbsOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Abs(a);
    }

    private readonly struct AbsGradientOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> =>
            TV.Select(TV.GreaterThan(b, TV.Zero), a, TV.Select(TV.GreaterThan(TV.Zero, b), TV.Zero - a, TV.Zero));
    }

    private readonly struct ClampOp(float low, float high) : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => Limit(a, low, high);

        /// <summary>The limits come first, since the second operand is what NaN leaves.</summary>
        public static TV Limit<TV>(TV x, float low, float high)
            where TV : struct, IVector<TV> => TV.Min(TV.Broadcast(high), TV.Max(TV.Broadcast(low), x));
    }

    private readonly struct ClampGradientOp(float low, float high) : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> =>
            TV.Select(TV.EqualTo(ClampOp.Limit(b, low, high), b), a, TV.Zero);
    }
}
