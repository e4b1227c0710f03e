using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Descant.Tensors.Kernels;

namespace Descant.Tensors;

/// <summary>
/// Persistent threads that share the jobs of one parallel loop at a time with the thread that asks for it.
/// </summary>
/// <remarks>
/// A run is open while <c>Open</c> holds its number. Workers join an open run; each begins with its own part of the jobs and then takes
/// from the others' parts, so that equal runs find their data in the caches of the same cores: two cores of a virtual machine may be far from
/// each other (docs/performance.md). The caller drains all parts itself, closes the run and waits only for the workers that did join. A worker that the operating system has taken off its core
/// therefore never holds up a run that it has not joined: a pool that waits for every worker becomes tens of times slower
/// as soon as another process holds a core.
/// Runs asked for from several threads take turns; a run asked for from inside a job is done inline by that job's worker.
/// </remarks>
public sealed class WorkerPool : IDisposable
{
    // Indices into _state, a cache line apart so that the counters do not share one.
    private const int Open = 16;
    private const int Active = 32;
    private const int First = 48; // one line a worker: whether it sleeps; then one more each: the next job of its part
    private const int Line = 16;

    // How long an idle worker looks for the next run before it sleeps: longer than the gap between two operations of a
    // network, shorter than anyone notices.
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000;

    private readonly int[] _state;
    private readonly SemaphoreSlim[] _wake;
    private readonly Thread[] _workers;
    private readonly int[] _threadIds;
    private readonly ScratchBuffers[] _scratch;
    private readonly ConcurrentBag<ScratchBuffers> _shared = [];
    private readonly Lock _turn = new();
    private Action<int, int>? _body;
    private int _jobs;
    private int _generation;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopping;

    /// <summary>A pool of <paramref name="threads"/> threads, the calling one included.</summary>
    /// <param name="threads">At least 1; with 1 everything runs on the caller.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is not positive.</exception>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        Threads = threads;
        _state = new int[First + (Line * ((2 * threads) + 1))];
        _threadIds = new int[threads];
        _scratch = new ScratchBuffers[threads];
        _wake = new SemaphoreSlim[threads - 1];
        _workers = new Thread[threads - 1];
        for (int i = 0; i < threads; i++)
        {
            _scratch[i] = new ScratchBuffers();
        }

        for (int i = 1; i < threads; i++)
        {
            int worker = i;
            _wake[i - 1] = new SemaphoreSlim(0);
            _workers[i - 1] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"descant worker {worker}" };
            _threadIds[i] = _workers[i - 1].ManagedThreadId;
            _workers[i - 1].Start();
        }
    }

    /// <summary>Threads that take part in a run, the caller included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Calls <paramref name="body"/>(job, worker) for every job in [0, <paramref name="jobs"/>), each once, in no order, but worker w begins
    /// at job w · jobs / <see cref="Threads"/>; worker is in [0, <see cref="Threads"/>) and belongs to one thread for the whole run. Returns when all are done.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    /// <remarks>The first exception of a job ends the run early and is thrown again here.</remarks>
    public void Run(int jobs, Action<int, int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        int self = Environment.CurrentManagedThreadId;
        int nested = Array.IndexOf(_threadIds, self);
        if (nested >= 0)
        {
            for (int i = 0; i < jobs; i++)
            {
                body(i, nested);
            }

            return;
        }

        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _threadIds[0] = self;
            try
            {
                if (Threads == 1 || jobs <= 1)
                {
                    for (int i = 0; i < jobs; i++)
                    {
                        body(i, 0);
                    }
                }
                else
                {
                    Fork(jobs, body);
                }
            }
            finally
            {
                _threadIds[0] = 0;
            }
        }
    }

    /// <summary>Ends the threads. Must not be called from inside a job.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
        }

        for (int i = 0; i < _workers.Length; i++)
        {
            _wake[i].Release();
            _workers[i].Join();
            _wake[i].Dispose();
        }
    }

    /// <summary>The work memory of a worker, for use inside its jobs only.</summary>
    internal ScratchBuffers Scratch(int worker) => _scratch[worker];

    /// <summary>
    /// Work memory of one operation, written by its jobs and read by all of them. Give it back with
    /// <see cref="ReturnShared"/>; one that an exception keeps from coming back is collected.
    /// </summary>
    internal ScratchBuffers RentShared() => _shared.TryTake(out ScratchBuffers? buffers) ? buffers : new ScratchBuffers();

    internal void ReturnShared(ScratchBuffers buffers) => _shared.Add(buffers);

    private void Fork(int jobs, Action<int, int> body)
    {
        _body = body;
        _jobs = jobs;
        _failure = null;
        for (int worker = 0; worker < Threads; worker++)
        {
            NextOf(worker) = PartOf(worker);
        }

        _generation = _generation == int.MaxValue ? 1 : _generation + 1;
        Interlocked.Exchange(ref _state[Open], _generation);
        int helpers = Math.Min(Threads, jobs);
        for (int worker = 1; worker < helpers; worker++)
        {
            ref int parked = ref ParkedOf(worker);
            if (Volatile.Read(ref parked) == 1 && Interlocked.Exchange(ref parked, 0) == 1)
            {
                _wake[worker - 1].Release();
            }
        }

        Drain(0);
        Interlocked.Exchange(ref _state[Open], 0);
        SpinWait wait = default;
        while (Volatile.Read(ref _state[Active]) != 0)
        {
            // The joined workers are in their last job: never sleep a whole time slice for them.
            wait.SpinOnce(sleep1Threshold: -1);
        }

        _body = null;
        _failure?.Throw();
    }

    private void Drain(int worker)
    {
        Action<int, int> body = _body!; // set before the run was opened
        try
        {
            for (int i = 0; i < Threads; i++)
            {
                int whose = worker + i < Threads ? worker + i : worker + i - Threads, end = PartOf(whose + 1), job;
                ref int next = ref NextOf(whose);
                while (Volatile.Read(ref next) < end && (job = Interlocked.Increment(ref next) - 1) < end)
                {
                    body(job, worker);
                }
            }
        }
#pragma warning disable CA1031 // every exception of a job belongs to the caller of Run, where it is thrown again
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            for (int other = 0; other < Threads; other++)
            {
                Volatile.Write(ref NextOf(other), _jobs);
            }
        }
    }

    private ref int ParkedOf(int worker) => ref _state[First + (Line * worker)];

    private ref int NextOf(int worker) => ref _state[First + (Line * (Threads + worker))];

    /// <summary>The first job of a worker's part.</summary>
    private int PartOf(int worker) => (int)((long)worker * _jobs / Threads);

    private void Work(int worker)
    {
        int seen = 0;
        while (true)
        {
            AwaitRun(worker, seen);
            if (_stopping)
            {
                return;
            }

            Interlocked.Increment(ref _state[Active]);
            int open = Volatile.Read(ref _state[Open]);
            if (open != 0 && open != seen)
            {
                seen = open;
                Drain(worker);
            }

            Interlocked.Decrement(ref _state[Active]);
        }
    }

    private void AwaitRun(int worker, int seen)
    {
        ref int parked = ref ParkedOf(worker);
        long start = Stopwatch.GetTimestamp();
        while (!IsNew(seen) && !_stopping)
        {
            Thread.SpinWait(8);
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                continue;
            }

            // Announce the sleep, then look once more: a run opened in between either sees the announcement and wakes
            // us, or is seen here. Whoever takes the announcement back decides whether a wake-up is owed.
            Interlocked.Exchange(ref parked, 1);
            if ((!IsNew(seen) && !_stopping) || Interlocked.Exchange(ref parked, 0) == 0)
            {
                _wake[worker - 1].Wait();
            }

            start = Stopwatch.GetTimestamp();
        }
    }

    private bool IsNew(int seen)
    {
        int open = Volatile.Read(ref _state[Open]);
        return open != 0 && open != seen;
    }
}
