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
}
