namespace Descant.Tensors;

/// <summary>The SIMD registers that the kernels use.</summary>
public enum VectorWidth
{
    /// <summary>Four lanes through the runtime's portable vectors: SSE, Arm's NEON (never run by us), or plain code.</summary>
    Portable128,

    /// <summary>Eight lanes: AVX2 with fused multiply-add.</summary>
    Avx2,

    /// <summary>Sixteen lanes: AVX-512.</summary>
    Avx512,
}
