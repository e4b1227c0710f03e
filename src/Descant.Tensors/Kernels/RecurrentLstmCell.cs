using System.Runtime.CompilerServices;
using static Descant.Tensors.Kernels.RecurrentLanes;

namespace Descant.Tensors.Kernels;

/// <summary>
/// The long short-term memory cell with PyTorch's gate order: input i, forget f, candidate g, output o;
/// c' = f·c + i·g, h' = o·tanh(c').
/// </summary>
/// <remarks>Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 1997, with the forget gate of Gers et al. 2000. Kept is the new cell state.</remarks>
internal readonly unsafe struct RecurrentLstmCell : IRecurrentCell
{
    public static int Gates => 4;

    public static bool CarriesHidden => false;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<TV>(
        int units, float* products, float* gates, float* innerBias, float* hidden, float* cell, float* kept, float* output)
        where TV : struct, IVector<TV>
    {
        float* pf = products + units, pg = pf + units, po = pg + units;
        float* xf = gates + units, xg = xf + units, xo = xg + units;
        for (int j = 0; j < units; j += TV.Count)
        {
            int lanes = Math.Min(TV.Count, units - j);
            TV i = VectorMath.Sigmoid(Load<TV>(products + j, lanes) + Load<TV>(gates + j, lanes));
            TV f = VectorMath.Sigmoid(Load<TV>(pf + j, lanes) + Load<TV>(xf + j, lanes));
            TV g = VectorMath.Tanh(Load<TV>(pg + j, lanes) + Load<TV>(xg + j, lanes));
            TV o = VectorMath.Sigmoid(Load<TV>(po + j, lanes) + Load<TV>(xo + j, lanes));
            TV c = TV.MultiplyAdd(f, Load<TV>(cell + j, lanes), i * g);
            TV h = o * VectorMath.Tanh(c);
            Store(c, cell + j, lanes);
            Store(h, hidden + j, lanes);
            Store(h, output + j, lanes);
            if (kept is not null)
            {
                Store(c, kept + j, lanes);
                Store(i, gates + j, lanes);
                Store(f, xf + j, lanes);
                Store(g, xg + j, lanes);
                Store(o, xo + j, lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<TV>(
        int units, float* gates, float* kept, float* previousKept, float* previousOutput, float* outputGradient, float* hidden,
        float* cell, float* products)
        where TV : struct, IVector<TV>
    {
        float* pf = products + units, pg = pf + units, po = pg + units;
        float* xf = gates + units, xg = xf + units, xo = xg + units;
        TV one = TV.Broadcast(1);
        for (int j = 0; j < units; j += TV.Count)
        {
            int lanes = Math.Min(TV.Count, units - j);
            TV i = Load<TV>(gates + j, lanes), f = Load<TV>(xf + j, lanes), g = Load<TV>(xg + j, lanes), o = Load<TV>(xo + j, lanes);
            TV squashed = VectorMath.Tanh(Load<TV>(kept + j, lanes));
            TV previous = previousKept is null ? TV.Zero : Load<TV>(previousKept + j, lanes);
            TV dh = Load<TV>(outputGradient + j, lanes) + Load<TV>(hidden + j, lanes);
            TV dc = TV.MultiplyAdd(dh * o, one - (squashed * squashed), Load<TV>(cell + j, lanes));
            Store(dc * f, cell + j, lanes);
            TV di = dc * g * i * (one - i);
            TV df = dc * previous * f * (one - f);
            TV dg = dc * i * (one - (g * g));
            TV dO = dh * squashed * o * (one - o);
            Store(di, gates + j, lanes);
            Store(df, xf + j, lanes);
            Store(dg, xg + j, lanes);
            Store(dO, xo + j, lanes);
            Store(di, products + j, lanes);
            Store(df, pf + j, lanes);
            Store(dg, pg + j, lanes);
            Store(dO, po + j, lanes);
        }
    }
}
