using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>
/// A complex transform of any length as a convolution with a chirp (Bluestein 1970), for lengths with a prime factor above 5.
/// </summary>
/// <remarks>
/// From kn = (k² + n² − (k − n)²)/2: X[k] = c[k]·Σ_n (x[n]·c[n])·conj(c[k − n]), c[n] = e^(−πi·n²/N). The convolution runs over
/// a power of two of at least 2N − 1 points.
/// </remarks>
internal sealed unsafe class BluesteinPlan<T> : ComplexPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComplexPlan<T> _convolution;
    private readonly int _padded;
    private readonly FixedTable<T> _chirp;
    private readonly FixedTable<T> _response;

    public BluesteinPlan(int length, VectorWidth width)
        : base(length)
    {
        if (length > 1 << 26)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), $"FFT: expected a length with prime factors 2, 3 and 5 above 2^26, got {length}");
        }

        _padded = (int)BitOperations.RoundUpToPowerOf2((uint)(2 * length) - 1);
        _convolution = Create(_padded, width);
        _chirp = new FixedTable<T>(2 * length);
        _response = new FixedTable<T>(2 * _padded);
        T[] response = new T[2 * _padded];
        T[] scratch = new T[_convolution.ScratchLength + (64 / sizeof(T))];
        fixed (T* work = scratch, b = response)
        {
            for (int n = 0; n < length; n++)
            {
                Twiddle.Put((long)n * n % (2L * length), 2L * length, _chirp.Pointer + n, _chirp.Pointer + length + n);
                int mirrored = n == 0 ? 0 : _padded - n;
                b[n] = b[mirrored] = _chirp.Pointer[n];
                b[_padded + n] = b[_padded + mirrored] = -_chirp.Pointer[length + n];
            }

            _convolution.Transform(b, b + _padded, _response.Pointer, _response.Pointer + _padded, FixedTable<T>.Align(work));
        }
    }

    public override int ScratchLength => (2 * _padded) + _convolution.ScratchLength;

    public override void Transform(T* inReal, T* inImaginary, T* outReal, T* outImaginary, T* scratch) =>
        Convolve(inReal, inImaginary, 1, outReal, outImaginary, scratch);

    public override void TransformPairs(T* pairs, T* outReal, T* outImaginary, T* scratch) =>
        Convolve(pairs, pairs + 1, 2, outReal, outImaginary, scratch);

    private void Convolve(T* inReal, T* inImaginary, int stride, T* outReal, T* outImaginary, T* scratch)
    {
        int length = Length;
        T* re = scratch;
        T* im = scratch + _padded;
        T* work = scratch + (2 * _padded);
        T* chirpRe = _chirp.Pointer;
        T* chirpIm = chirpRe + length;
        for (int n = 0; n < length; n++)
        {
            T xRe = inReal[n * stride];
            T xIm = inImaginary[n * stride];
            re[n] = (xRe * chirpRe[n]) - (xIm * chirpIm[n]);
            im[n] = (xRe * chirpIm[n]) + (xIm * chirpRe[n]);
        }

        new Span<T>(re + length, _padded - length).Clear();
        new Span<T>(im + length, _padded - length).Clear();
        _convolution.Transform(re, im, re, im, work);
        T* bRe = _response.Pointer;
        T* bIm = bRe + _padded;
        T scale = T.One / T.CreateChecked(_padded);
        for (int n = 0; n < _padded; n++)
        {
            T real = ((re[n] * bRe[n]) - (im[n] * bIm[n])) * scale;
            im[n] = ((re[n] * bIm[n]) + (im[n] * bRe[n])) * scale;
            re[n] = real;
        }

        _convolution.Transform(im, re, im, re, work);
        for (int k = 0; k < length; k++)
        {
            T real = (re[k] * chirpRe[k]) - (im[k] * chirpIm[k]);
            outImaginary[k] = (re[k] * chirpIm[k]) + (im[k] * chirpRe[k]);
            outReal[k] = real;
        }
    }
}
