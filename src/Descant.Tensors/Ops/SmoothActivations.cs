using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>log(1 + e^x): a smooth rectifier.</summary>
    public Tensor Softplus() => Engine.Record(
        Elementwise.Unary(this, default(SoftplusOp)),
        [this],
        g => [Elementwise.Ternary(g, this, this, default(SoftplusGradientOp))]);

    /// <summary>x above 0, e^x − 1 elsewhere.</summary>
    /// <remarks>Clevert et al., "Fast and accurate deep network learning by exponential linear units", ICLR 2016, with α = 1.</remarks>
    public Tensor Elu()
    {
        Tensor y = Elementwise.Unary(this, default(EluOp));
        return Engine.Record(y, [this], g => [Elementwise.Ternary(g, y, y, default(EluGradientOp))]);
    }

    /// <summary>x · Φ(x) with the normal distribution function Φ.</summary>
    /// <remarks>Hendrycks and Gimpel, "Gaussian error linear units", 2016; the exact form through the error function, PyTorch's default.</remarks>
    public Tensor Gelu() => Engine.Record(
        Elementwise.Unary(this, default(GeluOp)),
        [this],
        g => [Elementwise.Ternary(g, this, this, default(GeluGradientOp))]);

    /// <summary>x · sigmoid(x), also called swish.</summary>
    public Tensor Silu() => Engine.Record(
        Elementwise.Unary(this, default(SiluOp)),
        [this],
        g => [Elementwise.Ternary(g, this, this, default(SiluGradientOp))]);

    private readonly struct SoftplusOp : IElementwise
    {
        public static int Operands => 1;

        // max(x, 0) + log(1 + e^−|x|): no exponential grows, and the small result of a very negative x stays exact.
        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Max(TV.Zero, a) + VectorMath.Log1p(VectorMath.Exp(TV.Zero - TV.Abs(a)));
    }

    private readonly struct SoftplusGradientOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a * VectorMath.Sigmoid(b);
    }

    private readonly struct EluOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Select(TV.GreaterThan(a, TV.Zero), a, VectorMath.Expm1(TV.Min(TV.Zero, a)));
    }

    /// <summary>Below 0 the derivative e^x is the result plus one.</summary>
    private readonly struct EluGradientOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => TV.Select(TV.GreaterThan(b, TV.Zero), a, a * (b + TV.Broadcast(1)));
    }

    private readonly struct GeluOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a * NormalDistribution(a);

        public static TV NormalDistribution<TV>(TV x)
            where TV : struct, IVector<TV> =>
            TV.MultiplyAdd(TV.Broadcast(0.5f), VectorMath.Erf(x * TV.Broadcast(0.70710678f)), TV.Broadcast(0.5f));
    }

    private readonly struct GeluGradientOp : IElementwise
    {
        private const float NormalDensityAtZero = 0.39894228f; // 1/√(2π)

        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV>
        {
            TV density = VectorMath.Exp(b * b * TV.Broadcast(-0.5f)) * TV.Broadcast(NormalDensityAtZero);
            return a * TV.MultiplyAdd(b, density, GeluOp.NormalDistribution(b));
        }
    }

    private readonly struct SiluOp : IElementwise
    {
        public static int Operands => 1;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV> => a * VectorMath.Sigmoid(a);
    }

    private readonly struct SiluGradientOp : IElementwise
    {
        public static int Operands => 2;

        public TV Apply<TV>(TV a, TV b, TV c)
            where TV : struct, IVector<TV>
        {
            TV s = VectorMath.Sigmoid(b);
            return a * s * TV.MultiplyAdd(b, TV.Broadcast(1) - s, TV.Broadcast(1));
        }
    }
}
