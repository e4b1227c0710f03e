using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Descant.Tensors.Fourier;

/// <summary><see cref="ILanes{TSelf, T}"/> in 128 bits, for any instruction set, by the runtime's portable vectors.</summary>
internal readonly unsafe struct Lanes128<T> : ILanes<Lanes128<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector128<T> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes128(Vector128<T> value) => _value = value;

    public static int Count => Vector128<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator +(Lanes128<T> left, Lanes128<T> right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator -(Lanes128<T> left, Lanes128<T> right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator *(Lanes128<T> left, Lanes128<T> right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator -(Lanes128<T> value) => new(-value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Broadcast(T value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Load(T* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128<T> value, T* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> MultiplyAdd(Lanes128<T> a, Lanes128<T> b, Lanes128<T> c) =>
        new((a._value * b._value) + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> SubtractProduct(Lanes128<T> a, Lanes128<T> b, Lanes128<T> c) =>
        new(c._value - (a._value * b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zip(Lanes128<T> a, Lanes128<T> b, out Lanes128<T> low, out Lanes128<T> high)
    {
        if (typeof(T) == typeof(float))
        {
            Vector128<float> x = a._value.AsSingle();
            Vector128<float> y = b._value.AsSingle();
            Vector128<float> xl = Vector128.Shuffle(x, Vector128.Create(0, 0, 1, 1));
            Vector128<float> yl = Vector128.Shuffle(y, Vector128.Create(0, 0, 1, 1));
            Vector128<float> xh = Vector128.Shuffle(x, Vector128.Create(2, 2, 3, 3));
            Vector128<float> yh = Vector128.Shuffle(y, Vector128.Create(2, 2, 3, 3));
            Vector128<float> first = Vector128.Create(-1, 0, -1, 0).AsSingle();
            low = new(Vector128.ConditionalSelect(first, xl, yl).As<float, T>());
            high = new(Vector128.ConditionalSelect(first, xh, yh).As<float, T>());
        }
        else
        {
            Vector128<double> x = a._value.AsDouble();
            Vector128<double> y = b._value.AsDouble();
            low = new(Vector128.Create(x.GetLower(), y.GetLower()).As<double, T>());
            high = new(Vector128.Create(x.GetUpper(), y.GetUpper()).As<double, T>());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(Lanes128<T> a, Lanes128<T> b, out Lanes128<T> even, out Lanes128<T> odd)
    {
        if (typeof(T) == typeof(float))
        {
            Vector128<float> x = Vector128.Shuffle(a._value.AsSingle(), Vector128.Create(0, 2, 1, 3));
            Vector128<float> y = Vector128.Shuffle(b._value.AsSingle(), Vector128.Create(0, 2, 1, 3));
            even = new(Vector128.Create(x.GetLower(), y.GetLower()).As<float, T>());
            odd = new(Vector128.Create(x.GetUpper(), y.GetUpper()).As<float, T>());
        }
        else
        {
            Zip(a, b, out even, out odd);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Reverse(Lanes128<T> value) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Shuffle(value._value.AsSingle(), Vector128.Create(3, 2, 1, 0)).As<float, T>())
            : new(Vector128.Shuffle(value._value.AsDouble(), Vector128.Create(1L, 0)).As<double, T>());
}
