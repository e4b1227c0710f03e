using System.Numerics;
using System.Runtime.InteropServices;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Dsp;

/// <summary>The centred short-time Fourier transform of tensors and its inverse, with one plan and window for both.</summary>
/// <remarks>
/// torch.stft and librosa.stft with center = True and reflection: a frame every hop, periodic Hann window, no scaling; the inverse
/// divides the overlapped windowed frames by the overlapped squared window.
/// </remarks>
public sealed class SpectrogramTransform
{
    private readonly RealFft<float> _fft;
    private readonly float[] _window;
    private readonly int _size;
    private readonly int _hop;

    /// <param name="fftSize">Length of window and transform, in samples, a multiple of 16.</param>
    /// <param name="hopLength">Samples from one frame to the next.</param>
    public SpectrogramTransform(int fftSize, int hopLength)
    {
        (_size, _hop) = (fftSize, hopLength);
        _fft = new RealFft<float>(fftSize);
        _window = [.. Enumerable.Range(0, fftSize).Select(n => (float)(0.5 - (0.5 * Math.Cos(2 * Math.PI * n / fftSize))))];
    }

    private int Bins => (_size / 2) + 1;

    /// <summary>Spectra of waveforms.</summary>
    /// <param name="waveform">[batch, channels, samples].</param>
    /// <returns>Real and imaginary parts, [2, batch, channels, bins, frames], bins innermost in memory; frames = 1 + ⌊samples / hop⌋.</returns>
    public Tensor Forward(Tensor waveform)
    {
        (int batch, int channels, int samples) = (waveform.Size(0), waveform.Size(1), waveform.Size(2));
        Tensor x = waveform.AsRowMajor();
        int frames = 1 + (samples / _hop), rows = batch * channels;
        int plane = rows * frames * Bins;
        Tensor y = x.Engine.Allocate([2, batch, channels, Bins, frames], [plane, channels * frames * Bins, frames * Bins, 1, Bins]);
        ForRows(x.Engine, rows * frames, (index, work) =>
        {
            (int row, int frame) = Math.DivRem(index, frames);
            ReadOnlySpan<float> source = x.DenseSpan().Slice(row * samples, samples);
            Span<float> windowed = work[.._size];
            Window(source, (frame * _hop) - (_size / 2), windowed);
            Span<float> bins = y.DenseSpan();
            _fft.Forward(windowed, bins.Slice(index * Bins, Bins), bins.Slice(plane + (index * Bins), Bins), work[_size..]);
        });
        return y;
    }

    /// <summary>Waveforms of spectra.</summary>
    /// <param name="spectrum">[2, batch, channels, bins, frames].</param>
    /// <param name="samples">Length of the result.</param>
    /// <returns>[batch, channels, samples].</returns>
    public Tensor Inverse(Tensor spectrum, int samples)
    {
        (int batch, int channels, int frames) = (spectrum.Size(1), spectrum.Size(2), spectrum.Size(4));
        Tensor s = spectrum.Permute(0, 1, 2, 4, 3).AsRowMajor(); // [2, batch, channels, frames, bins]
        int rows = batch * channels, plane = rows * frames * Bins;
        Tensor windowed = s.Engine.Allocate([rows, frames, _size]);
        ForRows(s.Engine, rows * frames, (index, work) =>
        {
            ReadOnlySpan<float> bins = s.DenseSpan();
            Span<float> frame = windowed.DenseSpan().Slice(index * _size, _size);
            _fft.Inverse(bins.Slice(index * Bins, Bins), bins.Slice(plane + (index * Bins), Bins), frame, work[_size..]);
        });

        float[] norm = Envelope(frames, samples);
        Tensor y = s.Engine.Zeros(batch, channels, samples);
        ForRows(s.Engine, rows, (row, _) =>
        {
            Span<float> result = y.DenseSpan().Slice(row * samples, samples);
            for (int frame = 0; frame < frames; frame++)
            {
                ReadOnlySpan<float> source = windowed.DenseSpan().Slice(((row * frames) + frame) * _size, _size);
                int start = (frame * _hop) - (_size / 2);
                for (int n = Math.Max(0, -start); n < Math.Min(_size, samples - start); n++)
                {
                    result[start + n] += source[n] * _window[n];
                }
            }

            for (int n = 0; n < samples; n++)
            {
                result[n] *= norm[n];
            }
        });
        return y;
    }

    private void Window(ReadOnlySpan<float> source, int start, Span<float> windowed)
    {
        if (start >= 0 && start + _size <= source.Length)
        {
            ReadOnlySpan<Vector<float>> inside = MemoryMarshal.Cast<float, Vector<float>>(source.Slice(start, _size));
            ReadOnlySpan<Vector<float>> window = MemoryMarshal.Cast<float, Vector<float>>(_window);
            Span<Vector<float>> product = MemoryMarshal.Cast<float, Vector<float>>(windowed);
            for (int i = 0; i < product.Length; i++)
            {
                product[i] = inside[i] * window[i];
            }

            return;
        }

        for (int n = 0; n < _size; n++)
        {
            windowed[n] = _window[n] * Reflected(source, start + n);
        }
    }

    /// <summary>The sample at a position, mirrored at the ends; 0 where even the mirror image is too short.</summary>
    private static float Reflected(ReadOnlySpan<float> source, int position)
    {
        position = position < 0 ? -position : position >= source.Length ? (2 * source.Length) - 2 - position : position;
        return (uint)position < (uint)source.Length ? source[position] : 0;
    }

    /// <summary>1 / Σ window² at every sample; 0 where no frame reaches.</summary>
    private float[] Envelope(int frames, int samples)
    {
        float[] sum = new float[samples];
        for (int frame = 0; frame < frames; frame++)
        {
            int start = (frame * _hop) - (_size / 2);
            for (int n = Math.Max(0, -start); n < Math.Min(_size, samples - start); n++)
            {
                sum[start + n] += _window[n] * _window[n];
            }
        }

        for (int n = 0; n < samples; n++)
        {
            sum[n] = sum[n] > 1e-8f ? 1 / sum[n] : 0;
        }

        return sum;
    }

    private delegate void Row(int index, Span<float> work);

    private void ForRows(Engine engine, int rows, Row body)
    {
        int jobs = Math.Min(rows, engine.Threads * 4);
        engine.Workers.Run(jobs, (job, _) =>
        {
            Span<float> work = new float[_size + _fft.ScratchLength];
            for (int row = (int)((long)job * rows / jobs); row < (int)((long)(job + 1) * rows / jobs); row++)
            {
                body(row, work);
            }
        });
    }
}
