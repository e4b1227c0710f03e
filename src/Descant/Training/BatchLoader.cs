using System.Runtime.ExceptionServices;

namespace Descant.Training;

/// <summary>Prepares batches ahead of the training on threads of its own; their order and content do not depend on the number of threads.</summary>
internal sealed class BatchLoader : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<long, PreparedBatch> _ready = [];
    private readonly Stack<PreparedBatch> _free = new();
    private readonly Thread[] _threads;
    private long _next;
    private long _taken;
    private bool _closed;
    private ExceptionDispatchInfo? _failure;

    /// <param name="mixer">Makes a mixer for one thread.</param>
    /// <param name="examples">Examples in a batch.</param>
    /// <param name="mixtureSamples">Values of one mixture, all channels.</param>
    /// <param name="firstBatch">Number of the first batch; a resumed training starts at its step.</param>
    /// <param name="workers">Threads, at least 1. As many batches lie ready at most, and one more.</param>
    public BatchLoader(Func<ExampleMixer> mixer, int examples, int mixtureSamples, long firstBatch, int workers)
    {
        (_next, _taken) = (firstBatch, firstBatch);
        _threads = new Thread[workers];
        for (int i = 0; i < workers; i++)
        {
            ExampleMixer own = mixer();
            _free.Push(new PreparedBatch(examples, mixtureSamples, mixtureSamples * own.Sources.Count));
            if (i == 0)
            {
                _free.Push(new PreparedBatch(examples, mixtureSamples, mixtureSamples * own.Sources.Count));
                _free.Push(new PreparedBatch(examples, mixtureSamples, mixtureSamples * own.Sources.Count));
            }

            _threads[i] = new Thread(() => Work(own, mixtureSamples)) { IsBackground = true, Name = $"batch loader {i}" };
        }

        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>The next batch in order; waits for it.</summary>
    public PreparedBatch Take()
    {
        lock (_gate)
        {
            PreparedBatch? batch;
            while (!_ready.Remove(_taken, out batch))
            {
                _failure?.Throw();
                ObjectDisposedException.ThrowIf(_closed, this);
                Monitor.Wait(_gate);
            }

            _taken++;
            return batch;
        }
    }

    /// <summary>Gives a batch's memory back for one to come.</summary>
    public void Return(PreparedBatch batch)
    {
        lock (_gate)
        {
            _free.Push(batch);
            Monitor.PulseAll(_gate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void Work(ExampleMixer mixer, int mixtureSamples)
    {
        try
        {
            while (Begin() is { } batch)
            {
                int sourceSamples = mixtureSamples * mixer.Sources.Count;
                for (int item = 0; item < batch.BandwidthHz.Length; item++)
                {
                    batch.BandwidthHz[item] = mixer.Make(
                        (batch.Number * batch.BandwidthHz.Length) + item,
                        batch.Mixture.AsSpan(item * mixtureSamples, mixtureSamples),
                        batch.Sources.AsSpan(item * sourceSamples, sourceSamples));
                    if (Volatile.Read(ref _closed))
                    {
                        return;
                    }
                }

                lock (_gate)
                {
                    _ready.Add(batch.Number, batch);
                    Monitor.PulseAll(_gate);
                }
            }
        }
#pragma warning disable CA1031 // The failure is thrown again where the batch is taken.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            lock (_gate)
            {
                _failure ??= ExceptionDispatchInfo.Capture(exception);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private PreparedBatch? Begin()
    {
        lock (_gate)
        {
            while (!_closed)
            {
                if (_free.TryPop(out PreparedBatch? batch))
                {
                    batch.Number = _next++;
                    return batch;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }
}
