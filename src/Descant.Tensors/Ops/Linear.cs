using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed unsafe partial class Tensor
{
    /// <summary>A linear layer along the last axis: x · weightᵀ + bias.</summary>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>The shape with the last axis replaced by out.</returns>
    public Tensor Linear(Tensor weight, Tensor? bias = null) => Linear(weight, bias, scale: null, Activation.None);

    /// <summary>activation(scale · (x · weightᵀ) + bias), the last two in the same pass.</summary>
    internal Tensor Linear(Tensor weight, Tensor? bias, Tensor? scale, Activation activation, float slope = 0)
    {
        if (Rank < 1 || weight.Rank != 2 || weight.Shape[1] != Size(-1) || (bias is not null && bias.ElementCount != weight.Shape[0]))
        {
            throw new ArgumentException($"linear: weight {weight} expects the last axis of the input to be {(weight.Rank == 2 ? weight.Shape[1] : 0)} and a bias of {weight.Shape[0]}, got {this} and {(bias is null ? "none" : bias.ToString())}.");
        }

        int inputs = weight.Shape[1], outputs = weight.Shape[0], rows = Layout.Count(_shape.AsSpan(..^1));
        Tensor x = AsRowMajor();
        Tensor y = Engine.Of(this, weight, bias, scale).Allocate([.. _shape[..^1], outputs]);
        WorkerPool workers = y.Engine.Workers;
        VectorWidth width = y.Engine.Width;
        y.Engine.Count((long)rows * weight.ElementCount);
        Matrix transposed = new(weight.Pointer(), inputs, outputs, weight.Strides[1], weight.Strides[0]);
        Epilogue epilogue = new(bias is null ? null : bias.AsRowMajor().Pointer(), activation, slope, scale is null ? null : scale.AsRowMajor().Pointer());
        Matrix a = Matrix.RowMajor(x.Pointer(), rows, inputs);
        if (weight.RequiresGradient)
        {
            // A parameter's panels are kept until an optimiser changes it.
            PackedMatrix packed = weight.Storage.Derived.Get<PackedMatrix>((nameof(Linear), weight.Offset, width), weight.Storage.Version, stale =>
            {
                if (stale is null)
                {
                    return PackedMatrix.Pack(workers, width, transposed);
                }

                stale.Repack(workers, transposed);
                return stale;
            });
            Gemm.Multiply(workers, a, packed, y.Pointer(), outputs, accumulate: false, epilogue);
        }
        else
        {
            Gemm.Multiply(workers, width, a, transposed, y.Pointer(), outputs, accumulate: false, epilogue);
        }

        if (scale is not null || !IsRecorded)
        {
            return scale is null || !IsRecorded ? y : throw new InvalidOperationException("linear: a folded scale belongs to inference; record without it.");
        }

        return Engine.Record(y, [this, weight, bias], g =>
        {
            Tensor inner = ActivationGradient(g, y, activation, slope).AsRowMajor();
            return
            [
                IsTracked ? ProductOf(inner, rows, outputs, weight, [.. _shape]) : null,
                weight.IsTracked ? WeightGradient(inner, x, rows, outputs, inputs) : null,
                bias is { IsTracked: true } ? inner.Reshape(rows, outputs).Sum(0).Reshape(bias.Shape) : null,
            ];
        });
    }

    /// <summary>The gradient before an activation, from the gradient behind it and its result.</summary>
    internal static Tensor ActivationGradient(Tensor g, Tensor y, Activation activation, float slope) => activation switch
    {
        Activation.None => g,
        Activation.Relu => Elementwise.Ternary(g, y, y, new LeakyReluGradientOp(0)),
        Activation.LeakyRelu => Elementwise.Ternary(g, y, y, new LeakyReluGradientOp(slope)),
        Activation.Sigmoid => Elementwise.Ternary(g, y, y, default(SigmoidGradientOp)),
        Activation.Tanh => Elementwise.Ternary(g, y, y, default(TanhGradientOp)),
        _ => throw new System.Diagnostics.UnreachableException($"No gradient for {activation}."),
    };

    private static Tensor ProductOf(Tensor g, int rows, int outputs, Tensor weight, int[] shape)
    {
        int columns = weight.Shape[1];
        Tensor dx = g.Engine.Allocate(shape);
        Matrix w = new(weight.Pointer(), weight.Shape[0], weight.Shape[1], weight.Strides[0], weight.Strides[1]);
        Gemm.Multiply(
            g.Engine.Workers, g.Engine.Width, Matrix.RowMajor(g.Pointer(), rows, outputs), w,
            dx.Pointer(), columns, accumulate: false, default);
        return dx;
    }

    private static Tensor WeightGradient(Tensor g, Tensor x, int rows, int outputs, int inputs)
    {
        Tensor dw = g.Engine.Allocate([outputs, inputs]);
        Gemm.Multiply(
            g.Engine.Workers, g.Engine.Width, Matrix.RowMajor(g.Pointer(), rows, outputs).Transposed,
            Matrix.RowMajor(x.Pointer(), rows, inputs), dw.Pointer(), inputs, accumulate: false, default);
        return dw;
    }
}
