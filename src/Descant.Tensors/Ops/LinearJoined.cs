using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed unsafe partial class Tensor
{
    /// <summary>
    /// activation(scale · (x · weightᵀ) + bias) of x = tensors joined along the last axis, which are read where they lie: parts of
    /// channels, a skip connection beside what it skips.
    /// </summary>
    /// <param name="parts">[…, inputs of the part], with equal leading axes.</param>
    /// <param name="weight">[out, inputs of all parts].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="scale">[out], or null; for inference, where a normalisation is folded in.</param>
    /// <param name="activation">Applied last.</param>
    internal static Tensor LinearJoined(
        ReadOnlySpan<Tensor> parts, Tensor weight, Tensor? bias = null, Tensor? scale = null, Activation activation = Activation.None)
    {
        Tensor[] joined = parts.ToArray();
        int[] leading = joined[0].Shape[..^1].ToArray();
        if (weight.Rank != 2 || joined.Sum(p => p.Size(-1)) != weight.Shape[1] || joined.Any(p => !p.Shape[..^1].SequenceEqual(leading)))
        {
            throw new ArgumentException($"linear: weight {weight} expects parts with equal leading axes whose last axes sum to its inputs, got {string.Join(" and ", (object[])joined)}.");
        }

        int outputs = weight.Shape[0], rows = Layout.Count(leading);
        Tensor y = Engine.Of([.. joined, weight, bias, scale]).Allocate([.. leading, outputs]);
        y.Engine.Count((long)rows * weight.ElementCount);
        Tensor[] matrices = [.. joined.Select(p => p.Detach().Reshape(rows, p.Size(-1)))];
        Tensor? shift = bias?.AsRowMajor(), factor = scale?.AsRowMajor();
        Epilogue epilogue = new(shift is null ? null : shift.Pointer(), activation, scale: factor is null ? null : factor.Pointer());
        for (int i = 0, first = 0; i < matrices.Length; first += matrices[i++].Shape[1])
        {
            bool isLast = i == matrices.Length - 1;
            Matrix columns = new(weight.Pointer() + ((nint)first * weight.Strides[1]), matrices[i].Shape[1], outputs, weight.Strides[1], weight.Strides[0]);
            MultiplyPacked(weight, first, columns, MatrixOf(matrices[i]), y, accumulate: i > 0, isLast ? epilogue : default);
        }

        GC.KeepAlive((joined, matrices, weight, shift, factor, y)); // the kernels saw only their addresses
        if (scale is not null || !y.IsRecorded)
        {
            return scale is null || !y.IsRecorded ? y : throw new InvalidOperationException("linear: a folded scale belongs to inference; record without it.");
        }

        return Engine.Record(y, [.. joined, weight, bias], g =>
        {
            Tensor inner = ActivationGradient(g, y, activation, slope: 0).AsRowMajor();
            Matrix dy = Matrix.RowMajor(inner.Pointer(), rows, outputs);
            WorkerPool workers = g.Engine.Workers;
            VectorWidth width = g.Engine.Width;
            List<Tensor?> gradients = [];
            Tensor? dw = weight.IsTracked ? g.Engine.Allocate(weight.Shape) : null;
            for (int i = 0, first = 0; i < joined.Length; first += matrices[i++].Shape[1])
            {
                int inputs = matrices[i].Shape[1];
                Tensor? dx = joined[i].IsTracked ? g.Engine.Allocate(joined[i].Shape) : null;
                if (dx is not null)
                {
                    Matrix columns = new(weight.Pointer() + ((nint)first * weight.Strides[1]), outputs, inputs, weight.Strides[0], weight.Strides[1]);
                    Gemm.Multiply(workers, width, dy, columns, dx.Pointer(), inputs);
                }

                if (dw is not null)
                {
                    Gemm.Multiply(workers, width, dy.Transposed, MatrixOf(matrices[i]), dw.Pointer() + first, weight.Shape[1]);
                }

                gradients.Add(dx);
            }

            GC.KeepAlive((inner, gradients, dw, matrices, weight));
            gradients.Add(dw);
            gradients.Add(bias is { IsTracked: true } ? inner.Reshape(rows, outputs).Sum(0).Reshape(bias.Shape) : null);
            return [.. gradients];
        });
    }

    /// <summary>y (+)= a · columns; the panels of a parameter are kept until an optimiser changes it.</summary>
    private static void MultiplyPacked(Tensor weight, int first, Matrix columns, Matrix a, Tensor y, bool accumulate, Epilogue epilogue)
    {
        WorkerPool workers = y.Engine.Workers;
        VectorWidth width = y.Engine.Width;
        if (!weight.RequiresGradient)
        {
            Gemm.Multiply(workers, width, a, columns, y.Pointer(), columns.Columns, accumulate, epilogue);
            return;
        }

        object key = (nameof(LinearJoined), weight.Offset, first, columns.Rows, width);
        PackedMatrix packed = weight.Storage.Derived.Get<PackedMatrix>(key, weight.Storage.Version, stale =>
        {
            if (stale is null)
            {
                return PackedMatrix.Pack(workers, width, columns);
            }

            stale.Repack(workers, columns);
            return stale;
        });
        Gemm.Multiply(workers, a, packed, y.Pointer(), columns.Columns, accumulate, epilogue);
    }

    private static Matrix MatrixOf(Tensor x) => new(x.Pointer(), x.Shape[0], x.Shape[1], x.Strides[0], x.Strides[1]);
}
