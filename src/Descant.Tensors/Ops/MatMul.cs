using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed unsafe partial class Tensor
{
    /// <summary>Matrix products over the last two axes; the axes before them are equal in both and stay.</summary>
    /// <param name="a">[…, rows, inner].</param>
    /// <param name="b">[…, inner, columns].</param>
    /// <returns>[…, rows, columns].</returns>
    public static Tensor MatMul(Tensor a, Tensor b)
    {
        if (a.Rank < 2 || a.Rank != b.Rank || a.Size(-1) != b.Size(-2) || !a.Shape[..^2].SequenceEqual(b.Shape[..^2]))
        {
            throw new ArgumentException($"matmul: expects […, rows, inner] and […, inner, columns] with equal leading axes, got {a} and {b}.");
        }

        int rows = a.Size(-2), columns = b.Size(-1);
        Tensor y = Engine.Of(a, b).Allocate([.. a.Shape[..^2], rows, columns]);
        if (y.ElementCount > 0)
        {
            y.Engine.Count((long)y.ElementCount * a.Size(-1));
            Multiply(a.WithTwoLeadingAxes(), b.WithTwoLeadingAxes(), y);
        }

        return Engine.Record(y, [a, b], g =>
        [
            a.IsTracked ? MatMul(g, b.Transpose(-1, -2)) : null,
            b.IsTracked ? MatMul(a.Transpose(-1, -2), g) : null,
        ]);
    }

    private static void Multiply(Tensor a, Tensor b, Tensor y)
    {
        int rows = a.Shape[2], inner = a.Shape[3], columns = b.Shape[3];
        int product = rows * columns;
        BatchLayout layout = new(
            a.Strides[0], a.Strides[1], b.Strides[0], b.Strides[1], (nint)a.Shape[1] * product, product);
        Matrix left = new(a.Pointer(), rows, inner, a.Strides[2], a.Strides[3]);
        Matrix right = new(b.Pointer(), inner, columns, b.Strides[2], b.Strides[3]);
        Gemm.MultiplyBatch(y.Engine.Workers, y.Engine.Width, a.Shape[0], a.Shape[1], layout, left, right, y.Pointer(), columns);
    }

    /// <summary>A view (or copy) of rank 4 for the batched kernel, whose leading axes are those before the matrix.</summary>
    private Tensor WithTwoLeadingAxes()
    {
        Tensor x = Detach();
        return x.Rank switch
        {
            2 => x.Reshape(1, 1, x.Shape[0], x.Shape[1]),
            3 => x.Unsqueeze(0),
            4 => x,
            _ => x.AsRowMajor().Reshape(1, Layout.Count(x.Shape[..^2]), x.Size(-2), x.Size(-1)),
        };
    }
}
