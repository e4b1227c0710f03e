using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Element-wise sum, with broadcasting.</summary>
    public static Tensor operator +(Tensor a, Tensor b) =>
        Engine.Record(Elementwise.Binary("add", a, b, default(AddOp)), [a, b], g => [g, g]);

    /// <summary>Element-wise difference, with broadcasting.</summary>
    public static Tensor operator -(Tensor a, Tensor b) =>
        Engine.Record(Elementwise.Binary("subtract", a, b, default(SubtractOp)), [a, b], g => [g, -g]);

    /// <summary>Element-wise product, with broadcasting.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => Engine.Record(
        Elementwise.Binary("multiply", a, b, default(MultiplyOp)),
        [a, b],
        g => [a.IsTracked ? g * b : null, b.IsTracked ? g * a : null]);

    /// <summary>Element-wise quotient, with broadcasting.</summary>
    public static Tensor operator /(Tensor a, Tensor b)
    {
        Tensor y = Elementwise.Binary("divide", a, b, default(DivideOp));
        return Engine.Record(y, [a, b], g => [a.IsTracked ? g / b : null, b.IsTracked ? -(g * y / b) : null]);
    }

    /// <summary>Adds a number to every element.</summary>
    public static Tensor operator +(Tensor x, float number) => x.Affine(1, number);

    /// <summary>Subtracts a number from every element.</summary>
    public static Tensor operator -(Tensor x, float number) => x.Affine(1, -number);

    /// <summary>Subtracts every element from a number.</summary>
    public static Tensor operator -(float number, Tensor x) => x.Affine(-1, number);

    /// <summary>Multiplies every element by a number.</summary>
    public static Tensor operator *(Tensor x, float number) => x.Affine(number, 0);

    /// <summary>Divides every element by a number.</summary>
    public static Tensor operator /(Tensor x, float number) => Engine.Record(
        Elementwise.Unary(x, new DivideByOp(number)), [x], g => [g / number]);

    /// <summary>Changes every sign.</summary>
    public static Tensor operator -(Tensor x) => x.Affine(-1, 0);

    /// <summary>scale · x + shift, element by element.</summary>
    public Tensor Affine(float scale, float shift) =>
        Engine.Record(Elementwise.Unary(this, new AffineOp(scale, shift)), [this], g => [g.Affine(scale, 0)]);

    /// <summary>The larger of two elements, with broadcasting, NaN where either is; on a tie the gradient goes to the first.</summary>
    public static Tensor Maximum(Tensor a, Tensor b) => Engine.Record(
        Elementwise.Binary("maximum", a, b, default(MaximumOp)),
        [a, b],
        g => [g * Elementwise.Binary("maximum", a, b, default(IsAtLeastOp)), g * (1f - Elementwise.Binary("maximum", a, b, default(IsAtLeastOp)))]);

    private readonly struct AddOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a + b;
    }

    private readonly struct SubtractOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a - b;
    }

    private readonly struct MultiplyOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a * b;
    }

    private readonly struct DivideOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a / b;
    }

    /// <summary>A division, not a product with the reciprocal: that rounds twice, and is infinite for subnormal numbers.</summary>
    private readonly struct DivideByOp(float number) : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a / TV.Broadcast(number);
    }

    private readonly struct MaximumOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => VectorMath.MaxOrNaN(a, b);
    }

    private readonly struct IsAtLeastOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Select(TV.GreaterThan(b, a), TV.Zero, TV.Broadcast(1));
    }

    private readonly struct AffineOp(float scale, float shift) : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.MultiplyAdd(a, TV.Broadcast(scale), TV.Broadcast(shift));
    }
}
