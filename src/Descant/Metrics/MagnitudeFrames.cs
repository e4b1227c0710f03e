using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Metrics;

/// <summary>
/// Magnitude spectra of several signals as they come, under a periodic Hann window, the signals padded with half a window of
/// zeros on both sides (<c>torch.stft</c> with <c>center=True, pad_mode="constant"</c>).
/// </summary>
internal sealed class MagnitudeFrames
{
    private const int FramesAtOnce = 16;

    private readonly int _size;
    private readonly int _hop;
    private readonly WorkerPool _pool;
    private readonly RealFft<double> _transform;
    private readonly double[] _window;
    private readonly double[][] _pending;
    private readonly double[][] _work;
    private readonly float[][] _magnitudes;
    private int _filled;

    /// <param name="signals">How many signals.</param>
    /// <param name="size">Samples of a frame.</param>
    /// <param name="hop">Samples from one frame to the next.</param>
    /// <param name="pool">The threads to use.</param>
    public MagnitudeFrames(int signals, int size, int hop, WorkerPool pool)
    {
        _size = size;
        _hop = hop;
        _pool = pool;
        _transform = new RealFft<double>(size);
        _window = [.. Enumerable.Range(0, size).Select(i => 0.5 - (0.5 * Math.Cos(2 * Math.PI * i / size)))];
        _pending = [.. Enumerable.Range(0, signals).Select(_ => new double[size + ((FramesAtOnce - 1) * hop)])];
        _magnitudes = [.. Enumerable.Range(0, signals).Select(_ => new float[FramesAtOnce * Bins])];
        _work = [.. Enumerable.Range(0, pool.Threads).Select(_ => new double[size + (2 * Bins) + _transform.ScratchLength])];
        _filled = size / 2;
    }

    /// <summary>Told about frames: <c>magnitudes[signal]</c> holds [frames, bins].</summary>
    internal delegate void Consumer(float[][] magnitudes, int frames);

    /// <summary>Bins of a frame.</summary>
    public int Bins => _transform.Bins;

    /// <summary>Feeds the next samples of every signal.</summary>
    public void Add(double[][] signals, int offset, int count, Consumer consume)
    {
        while (count > 0)
        {
            int taken = Math.Min(count, _pending[0].Length - _filled);
            for (int i = 0; i < _pending.Length; i++)
            {
                signals[i].AsSpan(offset, taken).CopyTo(_pending[i].AsSpan(_filled));
            }

            Advance(taken, consume);
            offset += taken;
            count -= taken;
        }
    }

    /// <summary>Ends the signals: the frames that reach into the padding.</summary>
    public void Complete(Consumer consume)
    {
        for (int left = _size / 2; left > 0;)
        {
            int taken = Math.Min(left, _pending[0].Length - _filled);
            foreach (double[] signal in _pending)
            {
                Array.Clear(signal, _filled, taken);
            }

            Advance(taken, consume);
            left -= taken;
        }

        if (_filled >= _size)
        {
            Emit(((_filled - _size) / _hop) + 1, consume);
        }
    }

    private void Advance(int count, Consumer consume)
    {
        _filled += count;
        if (_filled == _pending[0].Length)
        {
            Emit(FramesAtOnce, consume);
        }
    }

    private void Emit(int frames, Consumer consume)
    {
        _pool.Run(_pending.Length, (signal, worker) =>
        {
            Span<double> frame = _work[worker].AsSpan(0, _size);
            Span<double> real = _work[worker].AsSpan(_size, Bins);
            Span<double> imaginary = _work[worker].AsSpan(_size + Bins, Bins);
            for (int f = 0; f < frames; f++)
            {
                ReadOnlySpan<double> samples = _pending[signal].AsSpan(f * _hop, _size);
                for (int i = 0; i < _size; i++)
                {
                    frame[i] = samples[i] * _window[i];
                }

                _transform.Forward(frame, real, imaginary, _work[worker].AsSpan(_size + (2 * Bins)));
                Span<float> magnitudes = _magnitudes[signal].AsSpan(f * Bins, Bins);
                for (int bin = 0; bin < magnitudes.Length; bin++)
                {
                    magnitudes[bin] = (float)Math.Sqrt((real[bin] * real[bin]) + (imaginary[bin] * imaginary[bin]));
                }
            }
        });
        consume(_magnitudes, frames);
        int passed = frames * _hop;
        foreach (double[] signal in _pending)
        {
            Array.Copy(signal, passed, signal, 0, _filled - passed);
        }

        _filled -= passed;
    }
}
