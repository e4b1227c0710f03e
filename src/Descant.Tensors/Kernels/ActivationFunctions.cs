using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>A function that is applied to results while they are in registers; <c>slope</c> serves those that take one.</summary>
internal interface IActivationFunction
{
    public static abstract TV Apply<TV>(TV value, TV slope)
        where TV : struct, IVector<TV>;
}

internal readonly struct Identity : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Apply<TV>(TV value, TV slope)
        where TV : struct, IVector<TV> => value;
}

internal readonly struct Rectifier : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Apply<TV>(TV value, TV slope)
        where TV : struct, IVector<TV> => TV.Max(TV.Zero, value);
}

internal readonly struct LeakyRectifier : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Apply<TV>(TV value, TV slope)
        where TV : struct, IVector<TV> => TV.Select(TV.GreaterThan(TV.Zero, value), value * slope, value);
}

internal readonly struct Logistic : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Apply<TV>(TV value, TV slope)
        where TV : struct, IVector<TV> => VectorMath.Sigmoid(value);
}

internal readonly struct HyperbolicTangent : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Apply<TV>(TV value, TV slope)
        where TV : struct, IVector<TV> => VectorMath.Tanh(value);
}
