using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Descant.Metrics.BssEval;

/// <summary>Four doubles (AVX2, or two NEON registers).</summary>
internal readonly struct DoubleVector256(Vector256<double> lanes) : IDoubleVector<DoubleVector256>
{
    private readonly Vector256<double> _lanes = lanes;

    public static int Count => 4;

    public static DoubleVector256 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector256 Broadcast(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector256 Load(ref double source, int offset) => new(Vector256.LoadUnsafe(ref source, (nuint)offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleVector256 value, ref double destination, int offset) =>
        value._lanes.StoreUnsafe(ref destination, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector256 Subtract(DoubleVector256 a, DoubleVector256 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector256 Multiply(DoubleVector256 a, DoubleVector256 b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector256 MultiplyAdd(DoubleVector256 a, DoubleVector256 b, DoubleVector256 c) =>
        new(Vector256.MultiplyAddEstimate(a._lanes, b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector256 MultiplySubtract(DoubleVector256 a, DoubleVector256 b, DoubleVector256 c) =>
        new(Vector256.MultiplyAddEstimate(-a._lanes, b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(DoubleVector256 value) => Vector256.Sum(value._lanes);
}
