using Descant.Dsp;

namespace Descant.Tests.Dsp;

/// <summary>Mel filters against numbers of librosa's documentation and against their definition.</summary>
public sealed class MelFilterBankTests
{
    [Fact]
    public void Slaneys_scale_gives_librosas_documented_frequencies()
    {
        // librosa.mel_frequencies(n_mels=40), 0 to 11 025 Hz, as its documentation prints them.
        double[] documented =
        [
            0, 85.317, 170.635, 255.952, 341.269, 426.586, 511.904, 597.221, 682.538, 767.855, 853.173, 938.49, 1024.856,
            1119.114, 1222.042, 1334.436, 1457.167, 1591.187, 1737.532, 1897.337, 2071.84, 2262.393, 2470.47, 2697.686,
            2945.799, 3216.731, 3512.582, 3835.643, 4188.417, 4573.636, 4994.285, 5453.621, 5955.205, 6502.92, 7101.009,
            7754.107, 8467.272, 9246.028, 10096.408, 11025,
        ];
        double step = MelFilterBank.ToMel(11025, MelScale.Slaney) / 39;
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal(documented[i], MelFilterBank.ToHz(step * i, MelScale.Slaney), 1e-3);
        }

        // HTK: 1000 Hz are 1000 mel by construction (2595 is rounded).
        Assert.Equal(1000, MelFilterBank.ToMel(1000, MelScale.Htk), 0.1);
        Assert.Equal(440, MelFilterBank.ToHz(MelFilterBank.ToMel(440, MelScale.Htk), MelScale.Htk), 1e-9);
    }

    [Theory]
    [InlineData(MelScale.Slaney)]
    [InlineData(MelScale.Htk)]
    public void Triangles_sum_to_one_between_the_outer_centres_and_areas_are_one_when_normalised(MelScale scale)
    {
        MelFilterBank plain = new(16000, 8192, 40, 50, 7600, scale, isNormalised: false);
        MelFilterBank normalised = new(16000, 8192, 40, 50, 7600, scale);
        int first = Enumerable.Range(0, plain.Bins).MaxBy(bin => plain.Weights(0)[bin]);
        int last = Enumerable.Range(0, plain.Bins).MaxBy(bin => plain.Weights(39)[bin]);
        for (int bin = first + 1; bin < last; bin++)
        {
            Assert.Equal(1, Enumerable.Range(0, 40).Sum(band => plain.Weights(band)[bin]), 1e-5f);
        }

        for (int band = 0; band < 40; band++)
        {
            double area = normalised.Weights(band).ToArray().Sum(w => (double)w) * 16000 / 8192;
            Assert.Equal(1, area, 0.01);
        }
    }

    [Fact]
    public void The_pseudo_inverse_meets_the_four_conditions_of_Penrose()
    {
        // 8 kHz, 128 bands of 512 samples (S4) have full rank; 60 bands of 64 samples have empty and repeated bands.
        foreach ((int size, int bands) in new[] { (512, 128), (64, 60) })
        {
            MelFilterBank bank = new(16000, size, bands);
            float[,] m = Matrix(bands, bank.Bins, band => bank.Weights(band).ToArray());
            float[,] p = Matrix(bands, bank.Bins, band =>
            {
                float[] mel = new float[bands];
                mel[band] = 1;
                float[] spectrum = new float[bank.Bins];
                bank.Inverse(mel, spectrum);
                return spectrum;
            });

            // With P = (M⁺)ᵀ: M·Pᵀ·M = M, P·Mᵀ·P = P, and M·Pᵀ and Pᵀ·M are symmetric.
            double[,] mp = Product(m, p);
            double largest = 0;
            for (int a = 0; a < bands; a++)
            {
                for (int b = 0; b < bands; b++)
                {
                    largest = Math.Max(largest, Math.Abs(mp[a, b] - mp[b, a]));
                }
            }

            Assert.True(largest < 1e-4, $"asymmetry {largest}");
            Assert.True(Difference(mp, m, m) < 1e-4, $"M P M - M: {Difference(mp, m, m)}");
        }
    }

    [Fact]
    public void Mel_spectra_survive_the_pseudo_inverse()
    {
        MelFilterBank bank = new(16000, 512, 128);
        Random random = new(1);
        float[] spectra = [.. Enumerable.Range(0, 3 * bank.Bins).Select(_ => random.NextSingle())];
        float[] mels = new float[3 * 128];
        float[] again = new float[mels.Length];
        bank.Forward(spectra, mels);
        bank.Inverse(mels, spectra);
        bank.Forward(spectra, again);
        Assert.True(mels.Zip(again, (a, b) => Math.Abs(a - b)).Max() < 1e-5 * mels.Max());
        Assert.Throws<ArgumentException>(() => bank.Forward(new float[10], mels));
    }

    private static float[,] Matrix(int rows, int columns, Func<int, float[]> row)
    {
        float[,] matrix = new float[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            float[] values = row(i);
            for (int j = 0; j < columns; j++)
            {
                matrix[i, j] = values[j];
            }
        }

        return matrix;
    }

    private static double[,] Product(float[,] a, float[,] b)
    {
        double[,] product = new double[a.GetLength(0), b.GetLength(0)];
        for (int i = 0; i < product.GetLength(0); i++)
        {
            for (int j = 0; j < product.GetLength(1); j++)
            {
                for (int k = 0; k < a.GetLength(1); k++)
                {
                    product[i, j] += (double)a[i, k] * b[j, k];
                }
            }
        }

        return product;
    }

    /// <summary>The largest entry of A·B − C relative to the largest of C.</summary>
    private static double Difference(double[,] a, float[,] b, float[,] c)
    {
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < c.GetLength(0); i++)
        {
            for (int j = 0; j < c.GetLength(1); j++)
            {
                double sum = 0;
                for (int k = 0; k < a.GetLength(1); k++)
                {
                    sum += a[i, k] * b[k, j];
                }

                worst = Math.Max(worst, Math.Abs(sum - c[i, j]));
                largest = Math.Max(largest, Math.Abs(c[i, j]));
            }
        }

        return worst / largest;
    }
}
