using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Descant.Metrics.BssEval;

/// <summary>Eight doubles (AVX-512).</summary>
internal readonly struct DoubleVector512(Vector512<double> lanes) : IDoubleVector<DoubleVector512>
{
    private readonly Vector512<double> _lanes = lanes;

    public static int Count => 8;

    public static DoubleVector512 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector512 Broadcast(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector512 Load(ref double source, int offset) => new(Vector512.LoadUnsafe(ref source, (nuint)offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleVector512 value, ref double destination, int offset) =>
        value._lanes.StoreUnsafe(ref destination, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector512 Subtract(DoubleVector512 a, DoubleVector512 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector512 Multiply(DoubleVector512 a, DoubleVector512 b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector512 MultiplyAdd(DoubleVector512 a, DoubleVector512 b, DoubleVector512 c) =>
        new(Vector512.FusedMultiplyAdd(a._lanes, b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleVector512 MultiplySubtract(DoubleVector512 a, DoubleVector512 b, DoubleVector512 c) =>
        new(Vector512.FusedMultiplyAdd(-a._lanes, b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(DoubleVector512 value) => Vector512.Sum(value._lanes);
}
