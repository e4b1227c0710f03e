using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Tests.Kernels;

public sealed unsafe class VectorMathTests
{
    private static readonly float[] Special =
        [0f, -0f, 1e-40f, 1e-30f, -1e-30f, 1e30f, -1e30f, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

    private interface IFunction
    {
        public static abstract TV Vector<TV>(TV x)
            where TV : struct, IVector<TV>;

        public static abstract double Exact(double x);
    }

    [Fact]
    public void Exp_is_within_two_units_of_the_last_place() => Check<Exp>(-87, 88.7, 2, 0);

    [Fact]
    public void Log_is_within_three_units_of_the_last_place() => Check<Log>(1e-3, 1e4, 3, 0);

    [Fact]
    public void Sigmoid_is_within_four_units_of_the_last_place() => Check<Sigmoid>(-80, 80, 4, 0);

    [Fact]
    public void Tanh_is_within_three_units_of_the_last_place() => Check<Tanh>(-12, 12, 3, 0);

    [Fact]
    public void Log1p_keeps_its_precision_near_zero()
    {
        Check<Log1p>(0, 1, 3, 0);
        Check<Log1p>(0, 1e-6, 3, 0);
    }

    [Fact]
    public void Expm1_keeps_its_precision_near_zero()
    {
        Check<Expm1>(-87, 0, 4, 0);
        Check<Expm1>(-1e-3, 0, 4, 0);
    }

    [Fact]
    public void Erf_is_within_four_units_of_the_last_place()
    {
        Check<Erf>(-6, 6, 4, 0);
        Check<Erf>(-1e-3, 1e-3, 4, 0);
    }

    [Fact]
    public void Log_covers_the_whole_range_of_normal_numbers()
    {
        foreach (float x in new[] { 1.2e-38f, 1e-20f, 0.7071067f, 0.7071068f, 0.99999994f, 1f, 1.0000001f, 3e38f })
        {
            float actual = Apply<Wide128, Log>([x])[0];
            Assert.Equal(MathF.Log(x), actual, 4 * MathF.BitIncrement(MathF.Abs(MathF.Log(x))) * 6e-8f);
        }
    }

    [Fact]
    public void Special_values_are_those_of_the_scalar_functions()
    {
        CheckSpecial<Exp>();
        CheckSpecial<Log>();
        CheckSpecial<Sigmoid>();
        CheckSpecial<Tanh>();
    }

    [Fact]
    public void Partial_loads_and_stores_touch_only_their_lanes()
    {
        foreach (VectorWidth width in KernelData.Widths)
        {
            switch (width)
            {
                case VectorWidth.Avx512:
                    Partial<Wide512>();
                    break;
                case VectorWidth.Avx2:
                    Partial<Wide256>();
                    break;
                default:
                    Partial<Wide128>();
                    break;
            }
        }
    }

    private static void Partial<TV>()
        where TV : struct, IVector<TV>
    {
        float[] source = [.. Enumerable.Range(1, TV.Count).Select(i => (float)i)];
        for (int lanes = 0; lanes <= TV.Count; lanes++)
        {
            float[] all = new float[TV.Count];
            float[] some = [.. Enumerable.Repeat(-1f, TV.Count)];
            fixed (float* s = source, a = all, p = some)
            {
                TV.Store(TV.LoadPartial(s, lanes), a);
                TV.StorePartial(TV.Load(s), p, lanes);
            }

            for (int i = 0; i < TV.Count; i++)
            {
                Assert.Equal(i < lanes ? source[i] : 0, all[i]);
                Assert.Equal(i < lanes ? source[i] : -1, some[i]);
            }
        }
    }

    private static void Check<TFunction>(double from, double to, double units, double absolute)
        where TFunction : struct, IFunction
    {
        const int Points = 40_000;
        float[] x = new float[Points];
        for (int i = 0; i < Points; i++)
        {
            x[i] = (float)(from + ((to - from) * i / (Points - 1)));
        }

        foreach (VectorWidth width in KernelData.Widths)
        {
            float[] y = Apply<TFunction>(width, x);
            for (int i = 0; i < Points; i++)
            {
                double exact = TFunction.Exact(x[i]);
                double ulp = Math.Max(MathF.BitIncrement(MathF.Abs((float)exact)) - MathF.Abs((float)exact), 1.4e-45);
                Assert.True(
                    Math.Abs(y[i] - exact) <= (units * ulp) + absolute,
                    $"{typeof(TFunction).Name} {width}: x = {x[i]}, exact {exact}, got {y[i]}, {Math.Abs(y[i] - exact) / ulp} units");
            }
        }
    }

    private static void CheckSpecial<TFunction>()
        where TFunction : struct, IFunction
    {
        foreach (VectorWidth width in KernelData.Widths)
        {
            float[] y = Apply<TFunction>(width, Special);
            for (int i = 0; i < Special.Length; i++)
            {
                // Subnormal numbers count as zero, on input to the logarithm and on output of the exponential.
                double exact = TFunction.Exact(Special[i] == 1e-40f ? 0 : Special[i]);
                double magnitude = double.IsFinite(exact) ? Math.Abs(exact) : 0;
                Assert.True(
                    exact.Equals(y[i]) || Math.Abs(exact - y[i]) <= (4 * 6e-8 * magnitude) + 1.2e-38,
                    $"{typeof(TFunction).Name} {width}({Special[i]}): expected {exact}, got {y[i]}");
            }
        }
    }

    private static float[] Apply<TFunction>(VectorWidth width, float[] x)
        where TFunction : struct, IFunction => width switch
        {
            VectorWidth.Avx512 => Apply<Wide512, TFunction>(x),
            VectorWidth.Avx2 => Apply<Wide256, TFunction>(x),
            _ => Apply<Wide128, TFunction>(x),
        };

    private static float[] Apply<TV, TFunction>(float[] x)
        where TV : struct, IVector<TV>
        where TFunction : struct, IFunction
    {
        float[] y = new float[x.Length];
        fixed (float* px = x, py = y)
        {
            for (int i = 0; i < x.Length; i += TV.Count)
            {
                int lanes = Math.Min(TV.Count, x.Length - i);
                TV.StorePartial(TFunction.Vector(TV.LoadPartial(px + i, lanes)), py + i, lanes);
            }
        }

        return y;
    }

    private readonly struct Exp : IFunction
    {
        public static TV Vector<TV>(TV x)
            where TV : struct, IVector<TV> => VectorMath.Exp(x);

        public static double Exact(double x) => Math.Exp(x);
    }

    private readonly struct Log : IFunction
    {
        public static TV Vector<TV>(TV x)
            where TV : struct, IVector<TV> => VectorMath.Log(x);

        public static double Exact(double x) => Math.Log(x);
    }

    private readonly struct Sigmoid : IFunction
    {
        public static TV Vector<TV>(TV x)
            where TV : struct, IVector<TV> => VectorMath.Sigmoid(x);

        public static double Exact(double x) => 1 / (1 + Math.Exp(-x));
    }

    private readonly struct Tanh : IFunction
    {
        public static TV Vector<TV>(TV x)
            where TV : struct, IVector<TV> => VectorMath.Tanh(x);

        public static double Exact(double x) => Math.Tanh(x);
    }

    private readonly struct Log1p : IFunction
    {
        public static TV Vector<TV>(TV x)
            where TV : struct, IVector<TV> => VectorMath.Log1p(x);

        // double.LogP1 is log(1 + x) as written, so near zero the series.
        public static double Exact(double x) => x < 1e-3 ? x * (1 - (x * (0.5 - (x * (1.0 / 3 - (x / 4)))))) : Math.Log(1 + x);
    }

    private readonly struct Expm1 : IFunction
    {
        public static TV Vector<TV>(TV x)
            where TV : struct, IVector<TV> => VectorMath.Expm1(x);

        // Math has no expm1 in double: the series near zero, where the difference would cancel.
        public static double Exact(double x) => Math.Abs(x) < 1e-3
            ? x * (1 + (x / 2 * (1 + (x / 3 * (1 + (x / 4 * (1 + (x / 5))))))))
            : Math.Exp(x) - 1;
    }

    private readonly struct Erf : IFunction
    {
        public static TV Vector<TV>(TV x)
            where TV : struct, IVector<TV> => VectorMath.Erf(x);

        /// <summary>2/√π e^−x² Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!, whose terms are all of one sign (Abramowitz and Stegun 7.1.6).</summary>
        public static double Exact(double x)
        {
            double term = x, sum = x;
            for (int n = 1; n < 400 && Math.Abs(term) > 1e-20 * Math.Abs(sum); n++)
            {
                term *= 2 * x * x / ((2 * n) + 1);
                sum += term;
            }

            return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }
    }
}
