namespace Descant.Tensors.Checkpoints;

/// <summary>How the elements of a tensor are stored in a safetensors file. All are little-endian.</summary>
public enum SafetensorsType
{
    /// <summary>A type that the format knows and this reader lists but does not convert (integers, booleans, F64, 8-bit floats).</summary>
    Other,

    /// <summary>IEEE 754 binary32, four bytes.</summary>
    F32,

    /// <summary>IEEE 754 binary16, two bytes.</summary>
    F16,

    /// <summary>The upper half of a binary32, two bytes; read, never written.</summary>
    BF16,
}
