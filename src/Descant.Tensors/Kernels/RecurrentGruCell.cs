using System.Runtime.CompilerServices;
using static Descant.Tensors.Kernels.RecurrentLanes;

namespace Descant.Tensors.Kernels;

/// <summary>
/// The gated recurrent unit with PyTorch's gate order: reset r, update z, candidate n = tanh(x + r·(W·h + b));
/// h' = (1 − z)·n + z·h. The reset gate acts behind the matrix product, which so needs a bias of its own.
/// </summary>
/// <remarks>Cho et al., "Learning phrase representations using RNN encoder–decoder", 2014, with the reset gate placed as in cuDNN and PyTorch. Kept is W·h + b.</remarks>
internal readonly unsafe struct RecurrentGruCell : IRecurrentCell
{
    public static int Gates => 3;

    public static bool CarriesHidden => true;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<TV>(
        int units, float* products, float* gates, float* innerBias, float* hidden, float* cell, float* kept, float* output)
        where TV : struct, IVector<TV>
    {
        float* pz = products + units, pn = pz + units;
        float* xz = gates + units, xn = xz + units;
        for (int j = 0; j < units; j += TV.Count)
        {
            int lanes = Math.Min(TV.Count, units - j);
            TV r = VectorMath.Sigmoid(Load<TV>(products + j, lanes) + Load<TV>(gates + j, lanes));
            TV z = VectorMath.Sigmoid(Load<TV>(pz + j, lanes) + Load<TV>(xz + j, lanes));
            TV inner = Load<TV>(pn + j, lanes);
            if (innerBias is not null)
            {
                inner += Load<TV>(innerBias + j, lanes);
            }

            TV n = VectorMath.Tanh(TV.MultiplyAdd(r, inner, Load<TV>(xn + j, lanes)));
            TV h = TV.MultiplyAdd(z, Load<TV>(hidden + j, lanes) - n, n);
            Store(h, hidden + j, lanes);
            Store(h, output + j, lanes);
            if (kept is not null)
            {
                Store(inner, kept + j, lanes);
                Store(r, gates + j, lanes);
                Store(z, xz + j, lanes);
                Store(n, xn + j, lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<TV>(
        int units, float* gates, float* kept, float* previousKept, float* previousOutput, float* outputGradient, float* hidden,
        float* cell, float* products)
        where TV : struct, IVector<TV>
    {
        float* pz = products + units, pn = pz + units;
        float* xz = gates + units, xn = xz + units;
        TV one = TV.Broadcast(1);
        for (int j = 0; j < units; j += TV.Count)
        {
            int lanes = Math.Min(TV.Count, units - j);
            TV r = Load<TV>(gates + j, lanes), z = Load<TV>(xz + j, lanes), n = Load<TV>(xn + j, lanes), inner = Load<TV>(kept + j, lanes);
            TV previous = previousOutput is null ? TV.Zero : Load<TV>(previousOutput + j, lanes);
            TV dh = Load<TV>(outputGradient + j, lanes) + Load<TV>(hidden + j, lanes);
            Store(dh * z, hidden + j, lanes);
            TV dz = dh * (previous - n) * z * (one - z);
            TV dn = dh * (one - z) * (one - (n * n));
            TV dr = dn * inner * r * (one - r);
            TV dInner = dn * r;
            Store(dr, gates + j, lanes);
            Store(dz, xz + j, lanes);
            Store(dn, xn + j, lanes);
            Store(dInner, kept + j, lanes);
            Store(dr, products + j, lanes);
            Store(dz, pz + j, lanes);
            Store(dInner, pn + j, lanes);
        }
    }
}
