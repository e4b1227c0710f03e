using Descant.Tensors;
using Descant.Tensors.Fourier;
using Descant.Tests.Fixtures;

namespace Descant.Tests.Fourier;

/// <summary>The short-time transform against PyTorch, against its own transpose and inverse, and against closed forms.</summary>
public sealed class StftTests
{
    private static readonly StftSettings[] s_settings =
    [
        new(16, 4),
        new(16, 5) { Window = WindowShape.Hamming, Padding = StftPadding.Zero },
        new(15, 4) { WindowScale = 0.25 },
        new(64, 16) { Center = false },
        new(64, 48) { Center = false, Normalisation = StftNormalisation.EndlessWindows },
        new(64, 10) { WindowLength = 33 },
        new(12, 20) { Window = WindowShape.Rectangular },
        new(128, 32),
        new(256, 64) { WindowLength = 129, Window = WindowShape.Hamming, WindowScale = 1 / 16.0, Padding = StftPadding.Zero },
    ];

    public static TheoryData<string> TorchCases() => [.. OperationCase.Load("spectral").Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(TorchCases))]
    public void Values_and_gradients_are_those_of_PyTorch(string name)
    {
        OperationCase torch = OperationCase.Load("spectral").Single(c => c.Name == name);
        bool isForward = torch.Operation == "stft";
        Stft stft = new(new StftSettings(torch.Integer("fftSize"), torch.Integer("hop"))
        {
            WindowLength = isForward ? torch.Integer("windowLength") : 0,
            Center = !isForward || torch.Flag("center"),
        });
        Values input = torch.Inputs["x"];
        Values output = torch.Outputs.Values.Single();
        float[] weights = Counter.Uniform(1000, output.Elements.Length);
        const int Rows = 2;

        // PyTorch's float32 itself is off by 2e-7; ours may be as far on the other side.
        const double Tolerance = 6e-7;
        if (isForward)
        {
            int frames = output.Shape[2];
            Assert.Equal(frames, stft.Frames(input.Shape[1]));
            float[] real = new float[Rows * frames * stft.Bins];
            float[] imaginary = new float[real.Length];
            stft.Forward(input.Elements, Rows, real, imaginary);
            Near(output.Elements, ToTorch(real, imaginary, frames, stft.Bins), Tolerance);
            (real, imaginary) = FromTorch(weights, frames, stft.Bins);
            float[] gradient = new float[input.Elements.Length];
            stft.ForwardAdjoint(real, imaginary, Rows, gradient);
            Near(torch.Gradients["x"].Elements, gradient, Tolerance);
        }
        else
        {
            int frames = input.Shape[2];
            (float[] real, float[] imaginary) = FromTorch(input.Elements, frames, stft.Bins);
            float[] samples = new float[output.Elements.Length];
            stft.Inverse(real, imaginary, Rows, samples);
            Near(output.Elements, samples, Tolerance);
            stft.InverseAdjoint(weights, Rows, real, imaginary);
            Near(torch.Gradients["x"].Elements, ToTorch(real, imaginary, frames, stft.Bins), Tolerance);
        }
    }

    [Fact]
    public void The_adjoints_are_the_transposes()
    {
        Random random = new(3);
        foreach (StftSettings settings in s_settings)
        {
            Stft stft = new(settings);
            foreach (int length in new[] { 1, 2, 3, 7, 16, 100, 1000, 2311 })
            {
                int frames = stft.Frames(length);
                const int Rows = 3;
                float[] x = Noise(random, Rows * length);
                float[] real = new float[Rows * frames * stft.Bins];
                float[] imaginary = new float[real.Length];
                stft.Forward(x, Rows, real, imaginary);
                float[] gRe = Noise(random, real.Length);
                float[] gIm = Noise(random, real.Length);
                float[] back = new float[x.Length];
                stft.ForwardAdjoint(gRe, gIm, Rows, back);
                Same(Dot(real, gRe) + Dot(imaginary, gIm), Dot(x, back), Norm(real, imaginary) * Norm(gRe, gIm), $"forward {settings} {length}");

                // Inverse: <S⁻¹ g, x> = <g, S⁻ᵀ x>, to a length that is not the natural one.
                stft.Inverse(gRe, gIm, Rows, back);
                stft.InverseAdjoint(x, Rows, real, imaginary);
                Same(Dot(back, x), Dot(real, gRe) + Dot(imaginary, gIm), Norm(back, []) * Norm(x, []), $"inverse {settings} {length}");
            }
        }
    }

    [Theory]
    [InlineData(4096, 1024, true)]
    [InlineData(1024, 512, true)]
    [InlineData(512, 64, true)]
    [InlineData(400, 160, true)]
    [InlineData(1024, 768, false)]
    public void The_inverse_reconstructs_wherever_frames_overlap(int size, int hop, bool center)
    {
        Stft stft = new(new StftSettings(size, hop) { Center = center });
        int length = stft.Samples(9);
        Assert.Equal(center ? 8 * hop : (8 * hop) + size, length);
        Assert.Equal(9, stft.Frames(length));
        float[] x = Noise(new Random(1), length);
        float[] back = RoundTrip(stft, x);

        // Without centring only one frame reaches the ends, where the window goes to zero and rounding is amplified.
        int edge = center ? 0 : 64;
        Near(x[edge..^edge], back[edge..^edge], center ? 1e-6 : 2e-5);
    }

    [Fact]
    public void Any_length_is_reconstructed_when_it_is_given()
    {
        Stft stft = new(new StftSettings(64, 16));
        foreach (int length in Enumerable.Range(33, 70).Append(5001))
        {
            float[] x = Noise(new Random(length), length);
            Near(x, RoundTrip(stft, x), 1e-6);
        }
    }

    [Fact]
    public void Endless_normalisation_fades_at_the_ends_only()
    {
        // The window-square sum of TensorFlow's inverse window is that of endless frames: the ends are scaled by w²/Σw².
        StftSettings settings = new(1024, 768) { Center = false, Normalisation = StftNormalisation.EndlessWindows };
        Stft stft = new(settings);
        float[] x = Noise(new Random(1), stft.Samples(5));
        float[] back = RoundTrip(stft, x);
        double[] window = settings.WindowSamples();
        for (int n = 0; n < 256; n++)
        {
            double endless = (window[n] * window[n]) + (window[n + 768] * window[n + 768]);
            Assert.Equal(x[n] * window[n] * window[n] / endless, back[n], 1e-6);
        }

        Near(x[256..^256], back[256..^256], 2e-6);
    }

    [Fact]
    public void A_tone_in_the_middle_of_a_bin_gives_the_windows_spectrum()
    {
        // Hann: half of the window's sum in the bin, minus a quarter in its neighbours, nothing elsewhere.
        Stft stft = new(new StftSettings(256, 64) { Center = false });
        float[] x = [.. Enumerable.Range(0, 256).Select(n => (float)Math.Cos(2 * Math.PI * 20 * n / 256))];
        float[] real = new float[stft.Bins];
        float[] imaginary = new float[stft.Bins];
        stft.Forward(x, 1, real, imaginary);
        for (int k = 0; k < stft.Bins; k++)
        {
            Assert.Equal(k == 20 ? 64 : k is 19 or 21 ? -32 : 0, real[k], 2e-5);
            Assert.Equal(0, imaginary[k], 2e-5);
        }
    }

    [Fact]
    public void Threads_and_vector_widths_do_not_change_the_samples_beyond_rounding()
    {
        StftSettings settings = new(512, 128);
        float[] x = Noise(new Random(1), 4 * 30_000);
        Stft stft = new(settings);
        int count = 4 * stft.Frames(30_000) * stft.Bins;
        float[] real = new float[count];
        float[] imaginary = new float[count];
        stft.Forward(x, 4, real, imaginary);
        float[] back = new float[x.Length];
        stft.Inverse(real, imaginary, 4, back);
        using WorkerPool pool = new(3);
        float[] pooledReal = new float[count];
        float[] pooledImaginary = new float[count];
        float[] pooledBack = new float[x.Length];
        stft.Forward(x, 4, pooledReal, pooledImaginary, pool);
        stft.Inverse(real, imaginary, 4, pooledBack, pool);
        Assert.Equal(real, pooledReal);
        Assert.Equal(imaginary, pooledImaginary);
        Assert.Equal(back, pooledBack);
        new Stft(settings, VectorWidth.Portable128).Forward(x, 4, pooledReal, pooledImaginary, pool);
        Near(real, pooledReal, 1e-6);
    }

    [Fact]
    public void No_samples_and_no_frames_are_allowed()
    {
        Stft centred = new(new StftSettings(16, 4));
        Assert.Equal(1, centred.Frames(0));
        float[] real = new float[9];
        centred.Forward([], 1, real, new float[9]);
        Assert.All(real, x => Assert.Equal(0, x));
        Stft plain = new(new StftSettings(16, 4) { Center = false });
        Assert.Equal(0, plain.Frames(15));
        float[] samples = [1, 2, 3];
        plain.Inverse([], [], 1, samples);
        Assert.Equal([0, 0, 0], samples);
        Assert.Equal(0, plain.Samples(0));
    }

    [Fact]
    public void Wrong_settings_and_spans_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Stft(new StftSettings(0, 1)));
        Assert.Throws<ArgumentException>(() => new Stft(new StftSettings(16, 0)));
        Assert.Throws<ArgumentException>(() => new Stft(new StftSettings(16, 4) { WindowLength = 17 }));
        Stft stft = new(new StftSettings(16, 4));
        Assert.Throws<ArgumentException>(() => stft.Forward(new float[32], 1, new float[9], new float[9]));
        Assert.Throws<ArgumentException>(() => stft.Forward(new float[33], 2, new float[9], new float[9]));
        Assert.Throws<ArgumentException>(() => stft.ForwardAdjoint(new float[9], new float[9], 1, new float[32]));
    }

    private static float[] RoundTrip(Stft stft, float[] x)
    {
        int count = stft.Frames(x.Length) * stft.Bins;
        float[] real = new float[count];
        float[] imaginary = new float[count];
        stft.Forward(x, 1, real, imaginary);
        float[] back = new float[x.Length];
        stft.Inverse(real, imaginary, 1, back);
        return back;
    }

    private static float[] ToTorch(float[] real, float[] imaginary, int frames, int bins)
    {
        float[] torch = new float[2 * real.Length];
        for (int i = 0; i < real.Length; i++)
        {
            (int row, int frame, int bin) = (i / bins / frames, i / bins % frames, i % bins);
            int at = 2 * ((((row * bins) + bin) * frames) + frame);
            (torch[at], torch[at + 1]) = (real[i], imaginary[i]);
        }

        return torch;
    }

    private static (float[] Real, float[] Imaginary) FromTorch(float[] torch, int frames, int bins)
    {
        float[] real = new float[torch.Length / 2];
        float[] imaginary = new float[torch.Length / 2];
        for (int i = 0; i < real.Length; i++)
        {
            (int row, int frame, int bin) = (i / bins / frames, i / bins % frames, i % bins);
            int at = 2 * ((((row * bins) + bin) * frames) + frame);
            (real[i], imaginary[i]) = (torch[at], torch[at + 1]);
        }

        return (real, imaginary);
    }

    private static void Near(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Max(x => Math.Abs((double)x));
        double worst = expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max();
        Assert.True(worst <= tolerance * largest, $"off by {worst} of {largest}");
    }

    private static void Same(double a, double b, double scale, string what) =>
        Assert.True(Math.Abs(a - b) <= 1e-6 * scale, $"{what}: {a} and {b} at a scale of {scale}");

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    private static double Norm(float[] a, float[] b) => Math.Sqrt(Dot(a, a) + Dot(b, b));

    private static float[] Noise(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
}
