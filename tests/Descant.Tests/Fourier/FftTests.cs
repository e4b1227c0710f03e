using System.Numerics;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Tests.Fourier;

/// <summary>Transforms against the sum that defines them, in double, and against closed forms.</summary>
public sealed class FftTests
{
    // The tolerances leave room for the rounding of the defining sum itself, which grows with the length.
    // Every pass, every way to choose lanes, blocks that overlap, primes, and lengths around the limits of each.
    private static readonly int[] s_lengths =
        [.. Enumerable.Range(1, 70), 96, 100, 127, 128, 144, 160, 192, 240, 243, 255, 256, 257, 272, 288, 320, 384, 400, 441,
            480, 512, 513, 576, 625, 640, 720, 768, 800, 997, 1000, 1024, 1200, 1280, 1536, 1920, 2048];

    public static TheoryData<VectorWidth> Widths() =>
        [.. Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Complex_transforms_equal_the_defining_sum_and_invert(VectorWidth width)
    {
        foreach (int length in s_lengths)
        {
            CheckComplex<double>(length, width, 4e-15);
            CheckComplex<float>(length, width, 4e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Real_transforms_equal_the_defining_sum_and_invert(VectorWidth width)
    {
        foreach (int length in s_lengths)
        {
            CheckReal<double>(length, width, 4e-15);
            CheckReal<float>(length, width, 4e-7);
        }
    }

    [Theory]
    [InlineData(1 << 17)]
    [InlineData(48_000)]
    [InlineData(44_101)]
    public void Long_transforms_find_a_tone_and_keep_its_energy(int length)
    {
        RealFft<float> fft = new(length);
        float[] samples = new float[length];
        int bin = length / 7;
        for (int i = 0; i < length; i++)
        {
            samples[i] = (float)Math.Cos((2 * Math.PI * ((long)bin * i % length) / length) + 0.3);
        }

        (float[] real, float[] imaginary) = Forward(fft, samples);
        Assert.Equal(length / 2.0 * Math.Cos(0.3), real[bin], length * 1e-6);
        Assert.Equal(length / 2.0 * Math.Sin(0.3), imaginary[bin], length * 1e-6);
        double rest = Enumerable.Range(0, fft.Bins).Where(k => k != bin).Max(k => Math.Max(Math.Abs(real[k]), Math.Abs(imaginary[k])));
        Assert.True(rest < length * 1e-6, $"leak of {rest}");

        // Parseval: the bins between the ends stand for their conjugates too.
        double energy = samples.Sum(x => (double)x * x);
        double spectrum = Enumerable.Range(0, fft.Bins).Sum(k =>
            (k == 0 || 2 * k == length ? 1.0 : 2.0) * (((double)real[k] * real[k]) + ((double)imaginary[k] * imaginary[k])));
        Assert.Equal(1.0, spectrum / length / energy, 1e-5);
    }

    [Fact]
    public void The_transform_is_linear_and_an_impulse_has_a_flat_spectrum()
    {
        RealFft<double> fft = new(1536);
        double[] impulse = new double[1536];
        impulse[5] = 1;
        (double[] real, double[] imaginary) = Forward(fft, impulse);
        for (int k = 0; k < fft.Bins; k++)
        {
            (double re, double im) = (Math.Cos(2 * Math.PI * 5 * k / 1536), -Math.Sin(2 * Math.PI * 5 * k / 1536));
            Assert.Equal(re, real[k], 1e-13);
            Assert.Equal(im, imaginary[k], 1e-13);
        }
    }

    [Fact]
    public void One_plan_serves_many_threads()
    {
        RealFft<float> fft = new(1200);
        float[] samples = Random<float>(1200, 1);
        (float[] expected, _) = Forward(fft, samples);
        Parallel.For(0, 64, _ =>
        {
            (float[] real, float[] _) = Forward(fft, samples);
            Assert.Equal(expected, real);
        });
    }

    [Fact]
    public void Too_short_spans_are_refused_with_the_expected_length()
    {
        RealFft<float> fft = new(64);
        ArgumentException error = Assert.Throws<ArgumentException>(() => fft.Forward(new float[64], new float[32], new float[33], new float[fft.ScratchLength]));
        Assert.Contains("at least 33", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RealFft<float>(0));
        Assert.Throws<NotSupportedException>(() => new RealFft<Half>(64));
    }

    private static void CheckComplex<T>(int length, VectorWidth width, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Fft<T> fft = new(length, width);
        T[] re = Random<T>(length, length);
        T[] im = Random<T>(length, length + 1);
        T[] outRe = new T[length];
        T[] outIm = new T[length];
        T[] scratch = new T[fft.ScratchLength];
        fft.Forward(re, im, outRe, outIm, scratch);
        (double[] wantRe, double[] wantIm) = Definition(re, im);
        AssertClose(wantRe, wantIm, outRe, outIm, tolerance, $"{typeof(T).Name} {length} {width}");
        fft.Inverse(outRe, outIm, outRe, outIm, scratch);
        AssertClose([.. re.Select(double.CreateChecked)], [.. im.Select(double.CreateChecked)], outRe, outIm, tolerance, $"inverse {typeof(T).Name} {length} {width}");
    }

    private static void CheckReal<T>(int length, VectorWidth width, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RealFft<T> fft = new(length, width);
        T[] samples = Random<T>(length, length);
        T[] re = new T[fft.Bins];
        T[] im = new T[fft.Bins];
        T[] scratch = new T[fft.ScratchLength];
        fft.Forward(samples, re, im, scratch);
        (double[] wantRe, double[] wantIm) = Definition(samples, new T[length]);
        AssertClose(wantRe[..fft.Bins], wantIm[..fft.Bins], re, im, tolerance, $"real {typeof(T).Name} {length} {width}");
        T[] back = new T[length];
        fft.Inverse(re, im, back, scratch);
        AssertClose([.. samples.Select(double.CreateChecked)], new double[length], back, new T[length], tolerance, $"real inverse {typeof(T).Name} {length} {width}");
    }

    private static void AssertClose<T>(double[] wantRe, double[] wantIm, T[] re, T[] im, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double error = 0;
        double energy = 0;
        for (int k = 0; k < wantRe.Length; k++)
        {
            error += Math.Pow(double.CreateChecked(re[k]) - wantRe[k], 2) + Math.Pow(double.CreateChecked(im[k]) - wantIm[k], 2);
            energy += (wantRe[k] * wantRe[k]) + (wantIm[k] * wantIm[k]);
        }

        double relative = Math.Sqrt(error / energy);
        Assert.True(relative < tolerance, $"{what}: relative error {relative}");
    }

    private static (double[] Real, double[] Imaginary) Definition<T>(T[] re, T[] im)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int length = re.Length;
        (double Sin, double Cos)[] circle = [.. Enumerable.Range(0, length).Select(i => Math.SinCos(2 * Math.PI * i / length))];
        double[] real = new double[length];
        double[] imaginary = new double[length];
        double[] xRe = [.. re.Select(double.CreateChecked)];
        double[] xIm = [.. im.Select(double.CreateChecked)];
        for (int k = 0; k < length; k++)
        {
            for (int n = 0, at = 0; n < length; n++)
            {
                (double sin, double cos) = circle[at];
                real[k] += (xRe[n] * cos) + (xIm[n] * sin);
                imaginary[k] += (xIm[n] * cos) - (xRe[n] * sin);
                at += k;
                at = at >= length ? at - length : at;
            }
        }

        return (real, imaginary);
    }

    private static (T[] Real, T[] Imaginary) Forward<T>(RealFft<T> fft, T[] samples)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] real = new T[fft.Bins];
        T[] imaginary = new T[fft.Bins];
        fft.Forward(samples, real, imaginary, new T[fft.ScratchLength]);
        return (real, imaginary);
    }

    private static T[] Random<T>(int count, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateChecked((2 * random.NextDouble()) - 1))];
    }
}
