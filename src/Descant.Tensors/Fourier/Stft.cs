using System.Buffers;
using System.Runtime.Intrinsics;

namespace Descant.Tensors.Fourier;

/// <summary>
/// Short-time Fourier transform of planar samples, its inverse by overlap-add, and the transposes (gradients) of both.
/// </summary>
/// <remarks>
/// Samples are <c>[rows, samples]</c>, a row being one channel of one item; spectra are two spans of real and imaginary parts
/// <c>[rows, frames, bins]</c>, frame after frame in memory. Results do not depend on the number of threads. Immutable:
/// any number of threads may use one instance.
/// </remarks>
public sealed unsafe class Stft
{
    // Frames of one parallel job: many enough that the frames computed twice at the borders of an inverse do not matter.
    private const int JobFrames = 32;
    private const float SmallestDivisor = 1e-11f;
    private readonly RealFft<float> _fft;
    private readonly int _windowStart;
    private readonly int _windowEnd;
    private readonly float[] _window;
    private readonly float[] _inverseAdjointWindow;
    private readonly float[] _squares;
    private readonly float[] _endlessFactors;
    private readonly int _lead;

    /// <summary>Prepares the window and the transform.</summary>
    /// <param name="settings">Conventions.</param>
    /// <param name="width">Vectors to use; null takes the machine's best.</param>
    public Stft(StftSettings settings, VectorWidth? width = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        Settings = settings;
        int size = settings.FftSize;
        int length = settings.WindowLength == 0 ? size : settings.WindowLength;
        _windowStart = (size - length) / 2;
        _windowEnd = _windowStart + length;
        _lead = settings.Center ? size / 2 : 0;
        _fft = new RealFft<float>(size, width);
        double[] window = settings.WindowSamples();
        _window = [.. window.Select(w => (float)w)];
        _inverseAdjointWindow = [.. window.Select(w => (float)(2 * w / size))];
        _squares = [.. window.Select(w => (float)(w * w))];
        _endlessFactors = new float[settings.HopLength];
        for (int n = 0; n < size; n++)
        {
            _endlessFactors[n % settings.HopLength] += _squares[n];
        }

        for (int n = 0; n < settings.HopLength; n++)
        {
            _endlessFactors[n] = Factor(_endlessFactors[n]);
        }
    }

    /// <summary>Conventions.</summary>
    public StftSettings Settings { get; }

    /// <summary>Bins of a frame: FftSize/2 + 1.</summary>
    public int Bins => _fft.Bins;

    /// <summary>Frames of so many samples: 1 + ⌊(samples + padding − FftSize)/hop⌋, 0 where not even one fits.</summary>
    public int Frames(int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        long padded = samples + (2L * _lead);
        return padded < Settings.FftSize ? 0 : (int)(1 + ((padded - Settings.FftSize) / Settings.HopLength));
    }

    /// <summary>Samples that so many frames span: hop·(frames − 1) where centred, FftSize more where not.</summary>
    public int Samples(int frames)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frames);
        return frames == 0
            ? 0
            : checked((int)(Settings.FftSize + (Settings.HopLength * (frames - 1L)) - (2L * _lead)));
    }

    /// <summary>Spectra of rows of samples.</summary>
    /// <param name="samples">[rows, samples].</param>
    /// <param name="rows">How many rows the spans hold.</param>
    /// <param name="real">[rows, frames, bins], frames being <see cref="Frames"/> of the samples of a row; overwritten.</param>
    /// <param name="imaginary">As <paramref name="real"/>.</param>
    /// <param name="pool">Threads; null uses the caller's alone.</param>
    public void Forward(ReadOnlySpan<float> samples, int rows, Span<float> real, Span<float> imaginary, WorkerPool? pool = null)
    {
        int length = RowLength(samples.Length, rows);
        int frames = Frames(length);
        CheckSpectrum(real.Length, imaginary.Length, (long)rows * frames * Bins);
        Analyse(samples, rows, length, frames, real, imaginary, _window, Settings.Center ? Settings.Padding : StftPadding.Zero, isAdjoint: false, pool);
    }

    /// <summary>Samples of rows of spectra: frames inverted, windowed, overlapped and normalised.</summary>
    /// <param name="real">[rows, frames, bins].</param>
    /// <param name="imaginary">As <paramref name="real"/>; its first and, for even sizes, last bin are not read.</param>
    /// <param name="rows">How many rows the spans hold.</param>
    /// <param name="samples">
    /// [rows, samples], overwritten; any length: <see cref="Samples"/> or that of the original. What no frame reaches is 0.
    /// </param>
    /// <param name="pool">Threads; null uses the caller's alone.</param>
    public void Inverse(ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, int rows, Span<float> samples, WorkerPool? pool = null)
    {
        int length = RowLength(samples.Length, rows);
        int frames = FrameCount(real.Length, imaginary.Length, rows);
        Synthesise(real, imaginary, rows, frames, samples, length, isAdjoint: false, pool);
    }

    /// <summary>The transpose of <see cref="Forward"/>: the gradient of the samples from that of the spectra.</summary>
    /// <param name="real">[rows, frames, bins].</param>
    /// <param name="imaginary">As <paramref name="real"/>.</param>
    /// <param name="rows">How many rows the spans hold.</param>
    /// <param name="samples">[rows, samples], overwritten; frames must be <see cref="Frames"/> of the samples of a row.</param>
    /// <param name="pool">Threads; null uses the caller's alone.</param>
    public void ForwardAdjoint(ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, int rows, Span<float> samples, WorkerPool? pool = null)
    {
        int length = RowLength(samples.Length, rows);
        int frames = FrameCount(real.Length, imaginary.Length, rows);
        if (frames != Frames(length))
        {
            throw new ArgumentException($"Stft.ForwardAdjoint: expected {Frames(length)} frames for {length} samples, got {frames}", nameof(real));
        }

        Synthesise(real, imaginary, rows, frames, samples, length, isAdjoint: true, pool);
        if (Settings.Center && Settings.Padding == StftPadding.Reflect && length > 0)
        {
            FoldPadding(real, imaginary, rows, frames, samples, length);
        }
    }

    /// <summary>The transpose of <see cref="Inverse"/>: the gradient of the spectra from that of the samples.</summary>
    /// <param name="samples">[rows, samples].</param>
    /// <param name="rows">How many rows the spans hold.</param>
    /// <param name="real">[rows, frames, bins], overwritten; any number of frames.</param>
    /// <param name="imaginary">As <paramref name="real"/>.</param>
    /// <param name="pool">Threads; null uses the caller's alone.</param>
    public void InverseAdjoint(ReadOnlySpan<float> samples, int rows, Span<float> real, Span<float> imaginary, WorkerPool? pool = null)
    {
        int length = RowLength(samples.Length, rows);
        int frames = FrameCount(real.Length, imaginary.Length, rows);
        float[] normalised = ArrayPool<float>.Shared.Rent(samples.Length);
        samples.CopyTo(normalised);
        fixed (float* x = normalised)
        {
            for (int row = 0; row < rows; row++)
            {
                Normalise(x + ((long)row * length), 0, length, frames);
            }
        }

        Analyse(normalised.AsSpan(0, samples.Length), rows, length, frames, real, imaginary, _inverseAdjointWindow, StftPadding.Zero, isAdjoint: true, pool);
        ArrayPool<float>.Shared.Return(normalised);
    }

    private static void Run(WorkerPool? pool, int jobs, Action<int, int> body)
    {
        if (pool is not null)
        {
            pool.Run(jobs, body);
            return;
        }

        for (int job = 0; job < jobs; job++)
        {
            body(job, 0);
        }
    }

    private static int RowLength(int total, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        return total % rows == 0
            ? total / rows
            : throw new ArgumentException($"Stft: expected samples for {rows} rows of one length, got {total}");
    }

    private static void CheckSpectrum(int real, int imaginary, long expected)
    {
        if (real != expected || imaginary != expected)
        {
            throw new ArgumentException($"Stft: expected real and imaginary parts of {expected} numbers, got {real} and {imaginary}");
        }
    }

    private int FrameCount(int real, int imaginary, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        int frames = real / rows / Bins;
        CheckSpectrum(real, imaginary, (long)rows * frames * Bins);
        return frames;
    }

    private void Analyse(
        ReadOnlySpan<float> samples, int rows, int length, int frames, Span<float> real, Span<float> imaginary,
        float[] window, StftPadding padding, bool isAdjoint, WorkerPool? pool)
    {
        int jobsPerRow = (frames + JobFrames - 1) / JobFrames;
        fixed (float* pinnedSamples = samples, pinnedReal = real, pinnedImaginary = imaginary)
        {
            float* x = pinnedSamples;
            float* re = pinnedReal;
            float* im = pinnedImaginary;
            Run(pool, rows * jobsPerRow, (job, _) =>
            {
                int row = job / jobsPerRow;
                int first = job % jobsPerRow * JobFrames;
                int last = Math.Min(first + JobFrames, frames);
                float[] buffers = ArrayPool<float>.Shared.Rent(Settings.FftSize + _fft.ScratchLength);
                Span<float> frame = buffers.AsSpan(0, Settings.FftSize);
                Span<float> scratch = buffers.AsSpan(Settings.FftSize);
                frame.Clear();
                for (int t = first; t < last; t++)
                {
                    long at = (((long)row * frames) + t) * Bins;
                    Span<float> frameReal = new(re + at, Bins);
                    Span<float> frameImaginary = new(im + at, Bins);
                    Window(new ReadOnlySpan<float>(x + ((long)row * length), length), ((long)t * Settings.HopLength) - _lead, window, padding, frame);
                    _fft.Forward(frame, frameReal, frameImaginary, scratch);
                    if (isAdjoint)
                    {
                        // The window holds the 2 of the bins that stand for their conjugates too; these two do not.
                        frameReal[0] *= 0.5f;
                        if (Settings.FftSize % 2 == 0)
                        {
                            frameReal[^1] *= 0.5f;
                        }
                    }
                }

                ArrayPool<float>.Shared.Return(buffers);
            });
        }
    }

    /// <summary>Writes the windowed samples from <paramref name="start"/> on; outside the window the frame stays as it is.</summary>
    private void Window(ReadOnlySpan<float> samples, long start, float[] window, StftPadding padding, Span<float> frame)
    {
        int n = _windowStart;
        if (start + n >= 0 && start + _windowEnd <= samples.Length)
        {
            ReadOnlySpan<float> inside = samples[(int)(start + n)..];
            fixed (float* x = inside, w = &window[n], y = frame[n..])
            {
                Multiply(x, w, y, _windowEnd - n);
            }

            return;
        }

        for (; n < _windowEnd; n++)
        {
            long at = start + n;
            bool isInside = at >= 0 && at < samples.Length;
            frame[n] = isInside ? samples[(int)at] * window[n]
                : padding == StftPadding.Zero || samples.Length == 0 ? 0f
                : samples[Reflected(at, samples.Length)] * window[n];
        }
    }

    /// <summary>The sample that stands at a place beyond the ends; short signals are mirrored over and over, as numpy does.</summary>
    private static int Reflected(long at, int length)
    {
        if (length == 1)
        {
            return 0;
        }

        long period = 2L * (length - 1);
        long folded = ((at % period) + period) % period;
        return (int)(folded < length ? folded : period - folded);
    }

    private void Synthesise(
        ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, int rows, int frames, Span<float> samples, int length,
        bool isAdjoint, WorkerPool? pool)
    {
        int jobSamples = Math.Max(JobFrames * Settings.HopLength, 4 * Settings.FftSize);
        int jobsPerRow = (length + jobSamples - 1) / jobSamples;
        fixed (float* pinnedSamples = samples, pinnedReal = real, pinnedImaginary = imaginary)
        {
            float* x = pinnedSamples;
            float* re = pinnedReal;
            float* im = pinnedImaginary;
            Run(pool, rows * jobsPerRow, (job, _) =>
            {
                int row = job / jobsPerRow;
                int first = job % jobsPerRow * jobSamples;
                int last = Math.Min(first + jobSamples, length);
                float* target = x + ((long)row * length) + first;
                long spectrum = (long)row * frames * Bins;
                OverlapAdd(re + spectrum, im + spectrum, frames, first, last, target, isAdjoint);
                if (!isAdjoint)
                {
                    Normalise(target, first, last, frames);
                }
            });
        }
    }

    /// <summary>Writes the sum of the windowed frames over the samples [first, last), counted without padding.</summary>
    private void OverlapAdd(float* real, float* imaginary, int frames, long first, long last, float* target, bool isAdjoint)
    {
        int hop = Settings.HopLength;
        new Span<float>(target, (int)(last - first)).Clear();

        // Frame t covers [t·hop − lead + windowStart, t·hop − lead + windowEnd).
        long firstFrame = Math.Max(0, FloorDivide(first + _lead - _windowEnd, hop) + 1);
        long lastFrame = Math.Min(frames - 1, FloorDivide(last - 1 + _lead - _windowStart, hop));
        float[] buffers = ArrayPool<float>.Shared.Rent(Settings.FftSize + (2 * Bins) + _fft.ScratchLength);
        Span<float> frame = buffers.AsSpan(0, Settings.FftSize);
        Span<float> adjointReal = buffers.AsSpan(Settings.FftSize, Bins);
        Span<float> scratch = buffers.AsSpan(Settings.FftSize + (2 * Bins));
        for (long t = firstFrame; t <= lastFrame; t++)
        {
            ReadOnlySpan<float> frameReal = new(real + (t * Bins), Bins);
            ReadOnlySpan<float> frameImaginary = new(imaginary + (t * Bins), Bins);
            if (isAdjoint)
            {
                // Each bin counts once, not for its conjugate too: half of all but the two that have none.
                frameReal.CopyTo(adjointReal);
                adjointReal[0] *= 2;
                if (Settings.FftSize % 2 == 0)
                {
                    adjointReal[^1] *= 2;
                }

                _fft.Inverse(adjointReal, frameImaginary, frame, 0.5f, scratch);
            }
            else
            {
                _fft.Inverse(frameReal, frameImaginary, frame, scratch);
            }

            long start = (t * hop) - _lead;
            int from = (int)Math.Max(_windowStart, first - start);
            int to = (int)Math.Min(_windowEnd, last - start);
            fixed (float* y = frame, w = _window)
            {
                float* sum = target + (start - first);
                int n = from;
                for (; n <= to - Vector256<float>.Count; n += Vector256<float>.Count)
                {
                    (Vector256.Load(sum + n) + (Vector256.Load(y + n) * Vector256.Load(w + n))).Store(sum + n);
                }

                for (; n < to; n++)
                {
                    sum[n] += y[n] * w[n];
                }
            }
        }

        ArrayPool<float>.Shared.Return(buffers);
    }

    /// <summary>Divides the samples [first, last), which begin at <paramref name="target"/>, by the overlapping windows' squares.</summary>
    private void Normalise(float* target, int first, int last, int frames)
    {
        int hop = Settings.HopLength;
        bool endless = Settings.Normalisation == StftNormalisation.EndlessWindows;

        // Between these every frame that could reach a sample exists.
        int inner = endless ? first : (int)Math.Clamp((long)Settings.FftSize - hop - _lead, first, last);
        int outer = endless ? last : (int)Math.Clamp(((long)frames * hop) - _lead, inner, last);
        for (int n = first; n < inner; n++)
        {
            target[n - first] *= Factor(EdgeDivisor(n, frames));
        }

        for (int n = inner; n < outer;)
        {
            int phase = (int)(((long)n + _lead) % hop);
            int count = Math.Min(hop - phase, outer - n);
            fixed (float* factors = &_endlessFactors[phase])
            {
                Multiply(target + (n - first), factors, target + (n - first), count);
            }

            n += count;
        }

        for (int n = outer; n < last; n++)
        {
            target[n - first] *= Factor(EdgeDivisor(n, frames));
        }
    }

    private float EdgeDivisor(int n, int frames)
    {
        long at = (long)n + _lead;
        long oldest = Math.Max(0, FloorDivide(at - Settings.FftSize, Settings.HopLength) + 1);
        long newest = Math.Min(frames - 1, at / Settings.HopLength);
        float divisor = 0;
        for (long t = oldest; t <= newest; t++)
        {
            divisor += _squares[(int)(at - (t * Settings.HopLength))];
        }

        return divisor;
    }

    /// <summary>Adds to the samples what the transpose gives to their mirror images beyond the ends.</summary>
    private void FoldPadding(ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, int rows, int frames, Span<float> samples, int length)
    {
        float[] buffer = ArrayPool<float>.Shared.Rent(_lead);
        fixed (float* re = real, im = imaginary, padding = buffer)
        {
            for (int row = 0; row < rows; row++)
            {
                long spectrum = (long)row * frames * Bins;
                Span<float> target = samples.Slice(row * length, length);
                foreach (long first in new[] { -_lead, (long)length })
                {
                    OverlapAdd(re + spectrum, im + spectrum, frames, first, first + _lead, padding, isAdjoint: true);
                    for (int i = 0; i < _lead; i++)
                    {
                        target[Reflected(first + i, length)] += padding[i];
                    }
                }
            }
        }

        ArrayPool<float>.Shared.Return(buffer);
    }

    private static void Multiply(float* a, float* b, float* product, int count)
    {
        int i = 0;
        for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            (Vector256.Load(a + i) * Vector256.Load(b + i)).Store(product + i);
        }

        for (; i < count; i++)
        {
            product[i] = a[i] * b[i];
        }
    }

    private static float Factor(float divisor) => divisor > SmallestDivisor ? 1 / divisor : 0;

    private static long FloorDivide(long a, int b) => a >= 0 ? a / b : -((b - 1 - a) / b);
}
