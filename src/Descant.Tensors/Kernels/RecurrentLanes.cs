using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>Whole vectors where a row allows, partial ones at its end: partial ones cost the portable vectors a loop over lanes.</summary>
internal static unsafe class RecurrentLanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Load<TV>(float* source, int lanes)
        where TV : struct, IVector<TV> => lanes == TV.Count ? TV.Load(source) : TV.LoadPartial(source, lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TV>(TV value, float* destination, int lanes)
        where TV : struct, IVector<TV>
    {
        if (lanes == TV.Count)
        {
            TV.Store(value, destination);
        }
        else
        {
            TV.StorePartial(value, destination, lanes);
        }
    }
}
