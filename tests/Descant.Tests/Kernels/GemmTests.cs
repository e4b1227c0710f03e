using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Tests.Kernels;

public sealed unsafe class GemmTests
{
    private static readonly int[] Sizes = [1, 2, 3, 5, 7, 13, 14, 15, 16, 17, 29, 31, 32, 33, 47, 64, 65, 100, 113, 200];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Products_of_random_shapes_and_strides_match_naive_sums(int threads)
    {
        using WorkerPool pool = new(threads);
        Random random = new(11 + threads);
        foreach (VectorWidth width in KernelData.Widths)
        {
            for (int round = 0; round < 60; round++)
            {
                int m = Sizes[random.Next(Sizes.Length)];
                int n = Sizes[random.Next(Sizes.Length)];
                int k = round % 10 == 0 ? 1100 : Sizes[random.Next(Sizes.Length)];
                Check(pool, width, random, m, n, k);
            }
        }
    }

    [Fact]
    public void Large_products_that_use_every_thread_match_naive_sums()
    {
        using WorkerPool pool = new(2);
        Random random = new(5);
        foreach (VectorWidth width in KernelData.Widths)
        {
            Check(pool, width, random, 411, 301, 130);
            Check(pool, width, random, 9, 700, 400);
            Check(pool, width, random, 1500, 33, 70);
            for (int round = 0; round < 4; round++)
            {
                Check(pool, width, random, 37, 530, 1010); // panels that are stored past the caches
            }
        }
    }

    [Fact]
    public void An_empty_inner_dimension_gives_zeros()
    {
        using WorkerPool pool = new(1);
        float[] c = [1, 2, 3, 4];
        fixed (float* pc = c)
        {
            Gemm.Multiply(pool, VectorWidth.Portable128, Matrix.RowMajor(pc, 2, 0), Matrix.RowMajor(pc, 0, 2), pc, 2);
        }

        Assert.Equal([0, 0, 0, 0], c);
    }

    [Fact]
    public void Batches_match_naive_sums()
    {
        using WorkerPool pool = new(2);
        Random random = new(3);
        foreach (VectorWidth width in KernelData.Widths)
        {
            foreach ((int batch, int heads, int m, int n, int k) in new[] { (1, 2, 70, 50, 24), (3, 4, 17, 23, 9), (2, 8, 40, 40, 16) })
            {
                // [batch, position, head, channel], the layout of an attention layer's projections.
                float[] a = KernelData.Random(random, batch * m * heads * k);
                float[] b = KernelData.Random(random, batch * n * heads * k);
                float[] c = new float[batch * heads * m * n];
                BatchLayout layout = new(m * heads * k, k, n * heads * k, k, heads * m * n, m * n);
                fixed (float* pa = a, pb = b, pc = c)
                {
                    Gemm.MultiplyBatch(
                        pool, width, batch, heads, layout, new Matrix(pa, m, k, heads * k, 1), new Matrix(pb, k, n, 1, heads * k), pc, n);
                }

                double[] expected = new double[c.Length];
                for (int i = 0; i < expected.Length; i++)
                {
                    int column = i % n;
                    int row = i / n % m;
                    int head = i / n / m % heads;
                    int item = i / n / m / heads;
                    for (int j = 0; j < k; j++)
                    {
                        expected[i] += (double)a[(((item * m) + row) * heads * k) + (head * k) + j]
                            * b[(((item * n) + column) * heads * k) + (head * k) + j];
                    }
                }

                KernelData.AssertClose(expected, c, k, $"{width} batch {batch}x{heads} {m}x{n}x{k}");
            }
        }
    }

    private static void Check(WorkerPool pool, VectorWidth width, Random random, int m, int n, int k)
    {
        bool accumulate = random.Next(2) == 0;
        int spare = random.Next(3) * 5;
        int cStride = n + spare;
        Layout a = Layout.Draw(random, m, k);
        Layout b = Layout.Draw(random, k, n);
        float[] before = KernelData.Random(random, m * cStride);
        float[] bias = KernelData.Random(random, n);
        float[] scale = KernelData.Random(random, n);
        bool epilogue = random.Next(2) == 0;
        double[] expected = new double[m * cStride];
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < cStride; column++)
            {
                int at = (row * cStride) + column;
                double sum = column >= n || accumulate ? before[at] : 0;
                if (column < n)
                {
                    for (int j = 0; j < k; j++)
                    {
                        sum += (double)a[row, j] * b[j, column];
                    }

                    if (epilogue)
                    {
                        sum = (sum * scale[column]) + bias[column];
                        sum = sum < 0 ? sum * 0.2f : sum;
                    }
                }

                expected[at] = sum;
            }
        }

        string what = $"{width} {m}x{n}x{k} accumulate {accumulate} epilogue {epilogue} {a} {b} stride {cStride} threads {pool.Threads}";
        float[] direct = [.. before];
        float[] packed = [.. before];
        fixed (float* pa = a.Values, pb = b.Values, pd = direct, pp = packed, pBias = bias, pScale = scale)
        {
            Epilogue after = epilogue ? new Epilogue(pBias, Activation.LeakyRelu, 0.2f, pScale) : default;
            Gemm.Multiply(pool, width, a.View(pa), b.View(pb), pd, cStride, accumulate, after);
            PackedMatrix panels = PackedMatrix.Pack(pool, width, b.View(pb));
            Gemm.Multiply(pool, a.View(pa), panels, pp, cStride, accumulate, after);
        }

        KernelData.AssertClose(expected, direct, k, what);
        Assert.Equal(direct, packed);
    }

    /// <summary>A random matrix stored by rows, by columns, or with gaps both ways.</summary>
    private sealed record Layout(float[] Values, int Rows, int Columns, int RowStride, int ColumnStride)
    {
        public float this[int row, int column] => Values[(row * RowStride) + (column * ColumnStride)];

        public static Layout Draw(Random random, int rows, int columns)
        {
            (int rowStride, int columnStride) = random.Next(4) switch
            {
                0 => (columns, 1),
                1 => (columns + 7, 1),
                2 => (1, rows + 3),
                _ => ((2 * columns) + 1, 2),
            };
            return new Layout(
                KernelData.Random(random, ((rows - 1) * rowStride) + ((columns - 1) * columnStride) + 1), rows, columns, rowStride,
                columnStride);
        }

        public Matrix View(float* data) => new(data, Rows, Columns, RowStride, ColumnStride);

        public override string ToString() => $"[{Rows}, {Columns}]({RowStride}, {ColumnStride})";
    }
}
