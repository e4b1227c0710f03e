using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Descant.Tensors.Fourier;

/// <summary><see cref="ILanes{TSelf, T}"/> in 256 bits, for AVX2.</summary>
internal readonly unsafe struct Lanes256<T> : ILanes<Lanes256<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector256<T> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes256(Vector256<T> value) => _value = value;

    public static int Count => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator +(Lanes256<T> left, Lanes256<T> right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator -(Lanes256<T> left, Lanes256<T> right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator *(Lanes256<T> left, Lanes256<T> right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator -(Lanes256<T> value) => new(-value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256<T> value, T* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> MultiplyAdd(Lanes256<T> a, Lanes256<T> b, Lanes256<T> c) =>
        typeof(T) == typeof(float)
            ? new(Fma.MultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>())
            : new(Fma.MultiplyAdd(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> SubtractProduct(Lanes256<T> a, Lanes256<T> b, Lanes256<T> c) =>
        typeof(T) == typeof(float)
            ? new(Fma.MultiplyAddNegated(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>())
            : new(Fma.MultiplyAddNegated(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lanes256<T> a, Lanes256<T> b, out Lanes256<T> low, out Lanes256<T> high)
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<float> l = Avx.UnpackLow(a._value.AsSingle(), b._value.AsSingle());
            Vector256<float> h = Avx.UnpackHigh(a._value.AsSingle(), b._value.AsSingle());
            low = new(Avx.Permute2x128(l, h, 0x20).As<float, T>());
            high = new(Avx.Permute2x128(l, h, 0x31).As<float, T>());
        }
        else
        {
            Vector256<double> l = Avx.UnpackLow(a._value.AsDouble(), b._value.AsDouble());
            Vector256<double> h = Avx.UnpackHigh(a._value.AsDouble(), b._value.AsDouble());
            low = new(Avx.Permute2x128(l, h, 0x20).As<double, T>());
            high = new(Avx.Permute2x128(l, h, 0x31).As<double, T>());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lanes256<T> a, Lanes256<T> b, out Lanes256<T> even, out Lanes256<T> odd)
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<float> l = Avx.Shuffle(a._value.AsSingle(), b._value.AsSingle(), 0x88);
            Vector256<float> h = Avx.Shuffle(a._value.AsSingle(), b._value.AsSingle(), 0xDD);
            even = new(Avx2.Permute4x64(l.AsDouble(), 0xD8).As<double, T>());
            odd = new(Avx2.Permute4x64(h.AsDouble(), 0xD8).As<double, T>());
        }
        else
        {
            Vector256<double> l = Avx.UnpackLow(a._value.AsDouble(), b._value.AsDouble());
            Vector256<double> h = Avx.UnpackHigh(a._value.AsDouble(), b._value.AsDouble());
            even = new(Avx2.Permute4x64(l, 0xD8).As<double, T>());
            odd = new(Avx2.Permute4x64(h, 0xD8).As<double, T>());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Reverse(Lanes256<T> value) =>
        typeof(T) == typeof(float)
            ? new(Vector256.Shuffle(value._value.AsSingle(), Vector256.Create(7, 6, 5, 4, 3, 2, 1, 0)).As<float, T>())
            : new(Vector256.Shuffle(value._value.AsDouble(), Vector256.Create(3L, 2, 1, 0)).As<double, T>());
}
