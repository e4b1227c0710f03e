namespace Descant.Tensors.Checkpoints;

/// <summary>One tensor of a safetensors file: its name, stored type, shape and place.</summary>
/// <param name="Name">The key, unique in the file.</param>
/// <param name="Type">How the elements are stored.</param>
/// <param name="TypeName">The type's name in the header, such as <c>F32</c> or <c>I64</c>.</param>
/// <param name="Shape">Row-major dimensions; empty for a scalar.</param>
/// <param name="ElementCount">The product of <paramref name="Shape"/>.</param>
/// <param name="FileOffset">Where the first byte lies, counted from the beginning of the file.</param>
/// <param name="ByteLength">Stored bytes.</param>
public sealed record SafetensorsEntry(
    string Name, SafetensorsType Type, string TypeName, IReadOnlyList<int> Shape, long ElementCount, long FileOffset, long ByteLength);
