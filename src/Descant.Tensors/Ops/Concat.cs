namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Tensors joined along an axis; every other axis must agree.</summary>
    public static Tensor Concat(int axis, params ReadOnlySpan<Tensor> parts)
    {
        if (parts.Length == 0)
        {
            throw new ArgumentException("concat: expects at least one tensor, got none.");
        }

        Tensor first = parts[0];
        int a = first.Axis(axis);
        int[] shape = first.Shape.ToArray();
        long length = 0;
        foreach (Tensor part in parts)
        {
            for (int i = 0; i < first.Rank; i++)
            {
                if (part.Rank != first.Rank || (i != a && part.Shape[i] != first.Shape[i]))
                {
                    throw new ArgumentException($"concat: along axis {a}, expects the other axes of {first}, got {part}.");
                }
            }

            length += part.Shape[a];
        }

        shape[a] = Layout.Size("concat", $"axis {a} of {parts.Length} tensors like {first}", length);

        Tensor y = Engine.Of(parts!).Allocate(shape, Layout.DenseLike(shape, first.Strides));
        int[] sizes = new int[parts.Length];
        for (int i = 0, start = 0; i < parts.Length; start += sizes[i++])
        {
            sizes[i] = parts[i].Shape[a];
            parts[i].CopyInto(y.Window(a, start, sizes[i]));
        }

        return Engine.Record(y, parts!, g =>
        {
            Tensor?[] gradients = new Tensor?[sizes.Length];
            for (int i = 0, start = 0; i < sizes.Length; start += sizes[i++])
            {
                gradients[i] = g.Slice(a, start, sizes[i]);
            }

            return gradients;
        });
    }

    /// <summary>Tensors of one shape joined along a new axis.</summary>
    public static Tensor Stack(int axis, params ReadOnlySpan<Tensor> parts)
    {
        Tensor[] unsqueezed = new Tensor[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            unsqueezed[i] = parts[i].Unsqueeze(axis);
        }

        return Concat(axis, unsqueezed);
    }
}
