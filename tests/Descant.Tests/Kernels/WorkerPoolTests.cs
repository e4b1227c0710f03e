using Descant.Tensors;

namespace Descant.Tests.Kernels;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_job_runs_exactly_once_in_each_of_many_runs(int threads)
    {
        using WorkerPool pool = new(threads);
        for (int run = 0; run < 5000; run++)
        {
            int jobs = run % 37;
            int[] counts = new int[jobs];
            pool.Run(jobs, (job, worker) =>
            {
                Assert.InRange(worker, 0, threads - 1);
                Interlocked.Increment(ref counts[job]);
            });
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void A_worker_index_is_never_in_use_twice_at_the_same_time()
    {
        using WorkerPool pool = new(4);
        int[] busy = new int[4];
        for (int run = 0; run < 200; run++)
        {
            pool.Run(64, (_, worker) =>
            {
                Assert.Equal(1, Interlocked.Increment(ref busy[worker]));
                Thread.SpinWait(20);
                Interlocked.Decrement(ref busy[worker]);
            });
        }
    }

    [Fact]
    public void Workers_that_fell_asleep_wake_for_the_next_run()
    {
        using WorkerPool pool = new(2);
        for (int run = 0; run < 20; run++)
        {
            Thread.Sleep(3);
            using Barrier both = new(2);

            // Only two threads at once pass the barrier: this hangs unless the sleeping worker joins.
            pool.Run(2, (_, _) => both.SignalAndWait());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_exception_of_a_job_reaches_the_caller_and_the_pool_stays_usable(int threads)
    {
        using WorkerPool pool = new(threads);
        for (int run = 0; run < 200; run++)
        {
            InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => pool.Run(50, (job, _) =>
            {
                if (job == 17)
                {
                    throw new InvalidOperationException("job 17");
                }
            }));
            Assert.Equal("job 17", thrown.Message);
            int sum = 0;
            pool.Run(50, (job, _) => Interlocked.Add(ref sum, job));
            Assert.Equal(1225, sum);
        }
    }

    [Fact]
    public void A_run_inside_a_job_is_done_inline_by_the_same_worker()
    {
        using WorkerPool pool = new(3);
        int inner = 0;
        pool.Run(40, (_, outerWorker) => pool.Run(10, (_, worker) =>
        {
            Assert.Equal(outerWorker, worker);
            Interlocked.Increment(ref inner);
        }));
        Assert.Equal(400, inner);
    }

    [Fact]
    public async Task Runs_from_several_threads_take_turns()
    {
        using WorkerPool pool = new(2);
        int[] inside = new int[4];
        int done = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(() =>
        {
            for (int run = 0; run < 100; run++)
            {
                pool.Run(8, (_, _) =>
                {
                    Interlocked.Increment(ref inside[caller]);
                    Assert.All(Enumerable.Range(0, 4), other => Assert.True(other == caller || Volatile.Read(ref inside[other]) == 0));
                    Thread.SpinWait(5);
                    Interlocked.Decrement(ref inside[caller]);
                    Interlocked.Increment(ref done);
                });
            }
        })));
        Assert.Equal(3200, done);
    }

    [Fact]
    public void A_disposed_pool_refuses_to_run()
    {
        WorkerPool pool = new(2);
        pool.Dispose();
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(2, (_, _) => { }));
    }
}
