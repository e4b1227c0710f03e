using System.Numerics;
using System.Runtime.InteropServices;

namespace Descant.Training.Optimizers;

/// <summary>How one vector of parameters, its gradient and up to three kept values change in a step.</summary>
internal interface IUpdateRule
{
    public void Apply(ref Vector<float> parameter, Vector<float> gradient, ref Vector<float> first, ref Vector<float> second, ref Vector<float> third);
}

/// <summary>Runs an update rule over spans, in place.</summary>
/// <remarks>
/// Every rule consists of single IEEE operations per element (no fused multiply-add, which some machines lack), so the result does
/// not depend on the vector width, on where a span is cut, or on the thread count: OptimizerTests compares cuts bit for bit.
/// </remarks>
internal static class UpdateRules
{
    /// <param name="rule">The rule; a struct, so that each has its own loop.</param>
    /// <param name="scale">Factor of the gradient: below 1 when its norm is clipped.</param>
    /// <param name="parameter">Changed in place.</param>
    /// <param name="gradient">Same length.</param>
    /// <param name="first">Same length, or empty where the rule keeps nothing here; likewise the others.</param>
    /// <param name="second">See <paramref name="first"/>.</param>
    /// <param name="third">See <paramref name="first"/>.</param>
    public static void Run<TRule>(
        TRule rule, float scale, Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, Span<float> third)
        where TRule : struct, IUpdateRule
    {
        int lanes = Vector<float>.Count;
        Span<Vector<float>> p = MemoryMarshal.Cast<float, Vector<float>>(parameter);
        ReadOnlySpan<Vector<float>> g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        Span<Vector<float>> a = MemoryMarshal.Cast<float, Vector<float>>(first);
        Span<Vector<float>> b = MemoryMarshal.Cast<float, Vector<float>>(second);
        Span<Vector<float>> c = MemoryMarshal.Cast<float, Vector<float>>(third);
        var scales = new Vector<float>(scale);
        for (int i = 0; i < p.Length; i++)
        {
            Vector<float> none1 = default, none2 = default, none3 = default;
            rule.Apply(
                ref p[i],
                g[i] * scales,
                ref a.IsEmpty ? ref none1 : ref a[i],
                ref b.IsEmpty ? ref none2 : ref b[i],
                ref c.IsEmpty ? ref none3 : ref c[i]);
        }

        int done = p.Length * lanes;
        if (done < parameter.Length)
        {
            Vector<float> tp = Load(parameter[done..]), tg = Load(gradient[done..]);
            Vector<float> ta = Load(Tail(first, done)), tb = Load(Tail(second, done)), tc = Load(Tail(third, done));
            rule.Apply(ref tp, tg * scales, ref ta, ref tb, ref tc);
            Store(tp, parameter[done..]);
            Store(ta, Tail(first, done));
            Store(tb, Tail(second, done));
            Store(tc, Tail(third, done));
        }
    }

    private static Span<float> Tail(Span<float> span, int done) => span.IsEmpty ? span : span[done..];

    private static Vector<float> Load(ReadOnlySpan<float> tail)
    {
        Span<float> padded = stackalloc float[Vector<float>.Count];
        padded.Clear();
        tail.CopyTo(padded);
        return new Vector<float>(padded);
    }

    private static void Store(Vector<float> values, Span<float> tail)
    {
        Span<float> padded = stackalloc float[Vector<float>.Count];
        values.CopyTo(padded);
        padded[..tail.Length].CopyTo(tail);
    }
}
