namespace Descant.Models.Torch;

/// <summary>A tensor of a file of PyTorch's: a view of a storage.</summary>
/// <param name="Storage">Where its numbers lie.</param>
/// <param name="Offset">Its first number.</param>
/// <param name="Shape">Sizes of its axes.</param>
/// <param name="Strides">Numbers from one element of an axis to the next.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, IReadOnlyList<int> Shape, IReadOnlyList<long> Strides)
{
    /// <summary>The values in row-major order.</summary>
    /// <param name="bytes">The storage's bytes.</param>
    /// <exception cref="InvalidDataException">The view leaves its storage.</exception>
    public float[] Values(ReadOnlySpan<byte> bytes)
    {
        long count = Shape.Aggregate(1L, (product, size) => checked(product * size));
        long last = Offset + Shape.Zip(Strides, (size, stride) => checked((size - 1L) * stride)).Sum();
        long held = bytes.Length / Storage.Size;
        if (count > 0 && (Offset < 0 || Strides.Any(stride => stride < 0) || last >= held || count > held))
        {
            throw new InvalidDataException($"has a tensor of shape [{string.Join(", ", Shape)}] that reaches beyond its {held} numbers");
        }

        float[] values = new float[count];
        int[] place = new int[Shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            long at = Offset;
            for (int axis = 0; axis < place.Length; axis++)
            {
                at += place[axis] * Strides[axis];
            }

            values[i] = Storage.Read(bytes, at);
            for (int axis = place.Length - 1; axis >= 0 && ++place[axis] == Shape[axis]; axis--)
            {
                place[axis] = 0;
            }
        }

        return values;
    }
}
