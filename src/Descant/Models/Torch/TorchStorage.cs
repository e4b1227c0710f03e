namespace Descant.Models.Torch;

/// <summary>A named stretch of numbers in a file of PyTorch's.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Its class in PyTorch: <c>FloatStorage</c>, …</param>
/// <param name="Elements">How many numbers.</param>
internal sealed record TorchStorage(string Key, string Type, long Elements)
{
    /// <summary>Bytes of one number.</summary>
    public int Size => Type switch
    {
        "DoubleStorage" or "LongStorage" => 8,
        "FloatStorage" or "IntStorage" => 4,
        "HalfStorage" => 2,
        _ => throw new InvalidDataException($"holds numbers of type torch.{Type}; expected float, double, half, long or int"),
    };

    /// <summary>One of the numbers.</summary>
    public float Read(ReadOnlySpan<byte> bytes, long index)
    {
        ReadOnlySpan<byte> number = bytes.Slice(checked((int)(index * Size)), Size);
        return Type switch
        {
            "FloatStorage" => BitConverter.ToSingle(number),
            "DoubleStorage" => (float)BitConverter.ToDouble(number),
            "HalfStorage" => (float)BitConverter.ToHalf(number),
            "LongStorage" => BitConverter.ToInt64(number),
            _ => BitConverter.ToInt32(number),
        };
    }
}
