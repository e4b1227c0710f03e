using System.Numerics;
using System.Runtime.InteropServices;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Training.Optimizers;

/// <summary>The Euclidean norm of all gradients together, and what clips it.</summary>
public static class GradientNorm
{
    // Squares are summed in float within a block and in double between blocks: an error of a few units of the last place at any size.
    private const int BlockElements = 1024;

    /// <summary>√Σ g² over the gradients of all trained parameters; not finite when one of them is not.</summary>
    public static double Of(IEnumerable<Parameter> parameters, Gradients gradients)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradients);
        double sum = 0;
        foreach (Parameter parameter in parameters.Where(p => p.IsTrained))
        {
            if (gradients[parameter.Value] is { } gradient)
            {
                sum += SumOfSquares((gradient.IsDense ? gradient : gradient.RowMajorCopy()).DenseSpan());
            }
        }

        return Math.Sqrt(sum);
    }

    /// <summary>The factor that brings a norm down to <paramref name="mostNorm"/>; 1 when it is below.</summary>
    /// <remarks>Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013, algorithm 1, with PyTorch's 1e-6 in the denominator.</remarks>
    public static float ClipScale(double norm, double mostNorm) => (float)Math.Min(1, mostNorm / (norm + 1e-6));

    internal static double SumOfSquares(ReadOnlySpan<float> values)
    {
        double sum = 0;
        for (int start = 0; start < values.Length; start += BlockElements)
        {
            ReadOnlySpan<float> block = values.Slice(start, Math.Min(BlockElements, values.Length - start));
            ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(block);
            Vector<float> partial = default;
            foreach (Vector<float> v in vectors)
            {
                partial += v * v;
            }

            float rest = Vector.Sum(partial);
            foreach (float v in block[(vectors.Length * Vector<float>.Count)..])
            {
                rest += v * v;
            }

            sum += rest;
        }

        return sum;
    }
}
