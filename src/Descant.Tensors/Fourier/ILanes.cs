using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>
/// One register of <typeparamref name="T"/>s as the transforms need it: arithmetic and the permutations of a transpose.
/// The kernels are generic over it, so that one source serves float and double on every vector width.
/// </summary>
internal unsafe interface ILanes<TSelf, T> :
    IAdditionOperators<TSelf, TSelf, TSelf>,
    ISubtractionOperators<TSelf, TSelf, TSelf>,
    IMultiplyOperators<TSelf, TSelf, TSelf>,
    IUnaryNegationOperators<TSelf, TSelf>
    where TSelf : unmanaged, ILanes<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static abstract int Count { get; }

    public static abstract TSelf Broadcast(T value);

    public static abstract TSelf Load(T* source);

    public static abstract void Store(TSelf value, T* destination);

    /// <summary>a·b + c.</summary>
    public static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>c − a·b.</summary>
    public static abstract TSelf SubtractProduct(TSelf a, TSelf b, TSelf c);

    /// <summary>a0 b0 a1 b1 … over both results.</summary>
    public static abstract void Zip(TSelf a, TSelf b, out TSelf low, out TSelf high);

    /// <summary>The inverse of <see cref="Zip"/>: the elements of (a, b) at even places, and those at odd places.</summary>
    public static abstract void Unzip(TSelf a, TSelf b, out TSelf even, out TSelf odd);

    /// <summary>The lanes in the opposite order.</summary>
    public static abstract TSelf Reverse(TSelf value);
}
