namespace Descant.Metrics.BssEval;

/// <summary>One SIMD register of doubles: what the factorisation and the spectra need of it, and no more.</summary>
internal interface IDoubleVector<TSelf>
    where TSelf : struct, IDoubleVector<TSelf>
{
    /// <summary>Lanes.</summary>
    public static abstract int Count { get; }

    public static abstract TSelf Zero { get; }

    public static abstract TSelf Broadcast(double value);

    public static abstract TSelf Load(ref double source, int offset);

    public static abstract void Store(TSelf value, ref double destination, int offset);

    public static abstract TSelf Subtract(TSelf a, TSelf b);

    public static abstract TSelf Multiply(TSelf a, TSelf b);

    /// <summary>a·b + c.</summary>
    public static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>c − a·b.</summary>
    public static abstract TSelf MultiplySubtract(TSelf a, TSelf b, TSelf c);

    public static abstract double Sum(TSelf value);
}
