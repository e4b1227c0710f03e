using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Descant.Tensors;

/// <summary>What <see cref="VectorWidth"/> a machine offers.</summary>
public static class VectorWidths
{
    /// <summary>The widest that this process can use, after the runtime's <c>DOTNET_Enable…</c> switches.</summary>
    public static VectorWidth Best =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? VectorWidth.Avx512
        : Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported ? VectorWidth.Avx2
        : VectorWidth.Portable128;

    /// <summary>Whether this process can run kernels of <paramref name="width"/>.</summary>
    public static bool IsSupported(VectorWidth width) => width <= Best;
}
