using System.Numerics;

namespace Descant.Tensors.Kernels;

/// <summary>
/// One SIMD register of floats. Kernels are generic over it, so that one source serves every instruction set and the JIT
/// specialises and inlines each instance.
/// </summary>
internal unsafe interface IVector<TSelf> :
    IAdditionOperators<TSelf, TSelf, TSelf>,
    ISubtractionOperators<TSelf, TSelf, TSelf>,
    IMultiplyOperators<TSelf, TSelf, TSelf>,
    IDivisionOperators<TSelf, TSelf, TSelf>,
    IUnaryNegationOperators<TSelf, TSelf>
    where TSelf : struct, IVector<TSelf>
{
    /// <summary>Lanes.</summary>
    public static abstract int Count { get; }

    /// <summary>Rows of the largest micro-kernel tile (two vectors wide) whose accumulators fit the register file.</summary>
    public static abstract int TileRows { get; }

    public static abstract TSelf Zero { get; }

    public static abstract TSelf Broadcast(float value);

    public static abstract TSelf Load(float* source);

    /// <summary>The first <paramref name="count"/> lanes (0 up to <see cref="Count"/>); the others are zero and not read.</summary>
    public static abstract TSelf LoadPartial(float* source, int count);

    public static abstract void Store(TSelf value, float* destination);

    /// <summary>Past the caches, to an address that is a multiple of the vector's size; seen by other threads after a store fence.</summary>
    public static abstract void StoreNonTemporal(TSelf value, float* destination);

    /// <summary>Stores the first <paramref name="count"/> lanes (0 up to <see cref="Count"/>) and touches nothing else.</summary>
    public static abstract void StorePartial(TSelf value, float* destination, int count);

    /// <summary>a·b + c: fused where the hardware fuses, never in software.</summary>
    public static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger; <paramref name="b"/> where either is NaN, so that Max(zero, x) keeps a NaN of x.</summary>
    public static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller; <paramref name="b"/> where either is NaN.</summary>
    public static abstract TSelf Min(TSelf a, TSelf b);

    public static abstract TSelf Abs(TSelf value);

    public static abstract TSelf Sqrt(TSelf value);

    /// <summary>To the nearest integer, ties to even.</summary>
    public static abstract TSelf Round(TSelf value);

    /// <summary>All bits set in the lanes where a &gt; b.</summary>
    public static abstract TSelf GreaterThan(TSelf a, TSelf b);

    /// <summary>All bits set in the lanes where a = b.</summary>
    public static abstract TSelf EqualTo(TSelf a, TSelf b);

    /// <summary><paramref name="whenSet"/> in the lanes whose mask bits are set, else <paramref name="whenClear"/>.</summary>
    public static abstract TSelf Select(TSelf mask, TSelf whenSet, TSelf whenClear);

    /// <summary>The magnitude of <paramref name="magnitude"/> with the sign bit of <paramref name="sign"/>.</summary>
    public static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>2^n for an integral n in [-126, 127].</summary>
    public static abstract TSelf PowerOfTwo(TSelf n);

    /// <summary>Splits a positive normal number into a mantissa in [0.5, 1) and an integral exponent.</summary>
    public static abstract TSelf SplitExponent(TSelf value, out TSelf exponent);

    public static abstract float Sum(TSelf value);

    public static abstract float MaxAcross(TSelf value);
}
