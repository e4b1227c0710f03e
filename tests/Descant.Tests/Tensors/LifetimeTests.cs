using Descant.Tensors;

namespace Descant.Tests.Tensors;

/// <summary>Kernels see addresses only: what they read must outlive them even when no variable refers to it any more.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public void Temporaries_outside_any_scope_live_as_long_as_the_operation_that_reads_them()
    {
        using Engine engine = new(2);
        Tensor weight = engine.Full(0.01f, 64, 512);
        using CancellationTokenSource stop = new();
        Thread collector = new(() =>
        {
            // Pauses between the collections: each one stops every thread of the test run.
            for (int i = 0; i < 40 && !stop.IsCancellationRequested; i++)
            {
                GC.Collect();
                Thread.Sleep(5);
            }
        });
        collector.Start();
        try
        {
            for (int round = 0; round < 60; round++)
            {
                // The transposed view is copied to a temporary that nothing refers to once the product has its address.
                float[] y = engine.Full(1, 512, 300).Transpose(0, 1).Linear(weight).ToArray();
                Assert.All(y, value => Assert.Equal(5.12f, value, 1e-3f));
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }

    [Fact]
    public void Recycling_returns_intermediate_buffers_at_once_and_changes_no_value()
    {
        using Engine engine = new(2);
        float[] values = [.. Enumerable.Range(0, 4096).Select(i => 0.001f * i)];
        static Tensor Steps(Tensor x)
        {
            for (int i = 0; i < 20; i++)
            {
                x = (x * 1.01f) + 0.5f;
            }

            return x;
        }

        float[] expected;
        using (Engine plain = engine.Scope())
        {
            expected = Steps(plain.Tensor(values, 4096)).ToArray();
        }

        using Engine lean = new(2);
        using Engine scope = lean.Scope();
        Tensor y = scope.Tensor(values, 4096);
        for (int i = 0; i < 10; i++)
        {
            y = scope.Tensor(values, 4096).Recycling(Steps);
        }

        Assert.Equal(expected, y.ToArray()); // the result outlives the inner scope
        Assert.InRange(lean.AllocatedBytes, 1, 70 * 4200 * sizeof(float)); // 20 results and inputs, and 40 buffers of one round
    }

    [Fact]
    public void Recycling_hands_through_views_of_what_lies_outside()
    {
        using Engine engine = new(1);
        using Engine scope = engine.Scope();
        Tensor x = scope.Tensor([1, 2, 3, 4], 2, 2);
        Tensor row = x.Recycling(inner => inner.Select(0, 1));
        Assert.Equal([3, 4], row.ToArray());
        Assert.Equal([1, 2, 3, 4], x.ToArray());
    }
}
