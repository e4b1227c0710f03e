using Descant.Tensors;

namespace Descant.Benchmarks;

/// <summary>Plain matrix products.</summary>
internal static class MatrixWorkloads
{
    /// <summary>A product of two 1024 × 1024 matrices.</summary>
    public static Workload Sgemm1024 { get; } = new("sgemm-1024", 2.147, engine =>
    {
        Tensor a = Noise(engine, 1, 1024, 1024), b = Noise(engine, 2, 1024, 1024);
        return () =>
        {
            using Engine scope = engine.Scope();
            Tensor.MatMul(a.On(scope), b);
        };
    });

    /// <summary>Values uniform in [0, 1), equal for equal seeds.</summary>
    public static Tensor Noise(Engine engine, int seed, params int[] shape)
    {
        Random random = new(seed);
        float[] values = new float[shape.Aggregate(1, (m, n) => m * n)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle();
        }

        return engine.Tensor(values, shape);
    }
}
