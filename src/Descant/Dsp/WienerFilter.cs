using System.Numerics;

namespace Descant.Dsp;

/// <summary>Multichannel Wiener filter: refines the estimates of all sources together by expectation maximisation.</summary>
/// <remarks>
/// Every source is modelled as a spatial covariance R_j per bin and a power p_j per bin and frame. An iteration takes
/// p_j(t) = mean over channels of |y_j|², R_j = Σ_t y_j y_jᴴ / (ε + Σ_t p_j), C(t) = Σ_j p_j R_j + √ε·I, and makes
/// y_j = p_j R_j C⁻¹ x, with mixture and estimates scaled so that no bin of the mixture exceeds 10. Nugraha, Liutkus and
/// Vincent, "Multichannel audio source separation with deep neural networks", IEEE/ACM TASLP 24(9), 2016, equations 5 to
/// 10, in the form that Open-Unmix gives it.
/// </remarks>
public static class WienerFilter
{
    /// <summary>More iterations than anyone needs.</summary>
    public const int MostIterations = 50;

    private const double Epsilon = 1e-10;
    private const double MostMagnitude = 10;

    /// <summary>A magnitude with the phase of the mixture; where that is 0, so is the phase.</summary>
    public static Complex WithPhaseOf(Complex mixture, double magnitude)
    {
        double level = mixture.Magnitude;
        return level == 0 ? magnitude : mixture * (magnitude / level);
    }

    /// <summary>The part of the mixture that is a source's share of all magnitudes, an estimate that the filter may start from; where all are 0, so is the part.</summary>
    public static Complex ShareOf(Complex mixture, double magnitude, double total) => total == 0 ? 0 : mixture * (magnitude / total);

    /// <summary>Refines estimates in place.</summary>
    /// <param name="mixture">Spectrum of the mixture, <c>mixture[bin][frame · channels + channel]</c>; unscaled, as the transform of samples in ±1 gives it.</param>
    /// <param name="estimates">The sources, at least two: <c>estimates[source][bin][frame · channels + channel]</c>.</param>
    /// <param name="channels">1 or 2.</param>
    /// <param name="frames">Frames to take together; the arrays may be longer.</param>
    /// <param name="iterations">How often; 0 changes nothing.</param>
    public static void Refine(Complex[][] mixture, Complex[][][] estimates, int channels, int frames, int iterations)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        ArgumentNullException.ThrowIfNull(estimates);
        ArgumentOutOfRangeException.ThrowIfNegative(iterations);
        if (channels is not (1 or 2) || estimates.Length < 2)
        {
            throw new ArgumentException($"wiener: expected 1 or 2 channels and at least 2 sources, got {channels} and {estimates.Length}");
        }

        double scale = Math.Max(1, Largest(mixture, frames * channels) / MostMagnitude);
        double[][] powers = [.. estimates.Select(_ => new double[frames])];
        Covariance[] covariances = new Covariance[estimates.Length];
        Complex[] x = new Complex[frames * channels];
        for (int bin = 0; bin < mixture.Length && iterations > 0; bin++)
        {
            Scale(mixture[bin], 1 / scale, x, x.Length);
            foreach (Complex[][] source in estimates)
            {
                Scale(source[bin], 1 / scale, source[bin], x.Length);
            }

            for (int iteration = 0; iteration < iterations; iteration++)
            {
                for (int source = 0; source < estimates.Length; source++)
                {
                    covariances[source] = Model(estimates[source][bin], channels, powers[source]);
                }

                Filter(x, estimates, bin, channels, powers, covariances);
            }

            foreach (Complex[][] source in estimates)
            {
                Scale(source[bin], scale, source[bin], x.Length);
            }
        }
    }

    private static double Largest(Complex[][] mixture, int count)
    {
        double largest = 0;
        foreach (Complex[] bin in mixture)
        {
            foreach (Complex value in bin.AsSpan(0, count))
            {
                largest = Math.Max(largest, Energy(value));
            }
        }

        return Math.Sqrt(largest);
    }

    private static void Scale(Complex[] values, double factor, Complex[] target, int count)
    {
        for (int i = 0; i < count; i++)
        {
            target[i] = values[i] * factor;
        }
    }

    // Of one channel only the first element is used.
    private static Covariance Model(Complex[] estimate, int channels, double[] powers)
    {
        double first = 0, second = 0, total = 0;
        Complex cross = 0;
        for (int frame = 0; frame < powers.Length; frame++)
        {
            Complex left = estimate[frame * channels];
            double energy = Energy(left);
            first += energy;
            if (channels == 2)
            {
                Complex right = estimate[(frame * 2) + 1];
                second += Energy(right);
                cross += left * Complex.Conjugate(right);
                energy = 0.5 * (energy + Energy(right));
            }

            powers[frame] = energy;
            total += energy;
        }

        double weight = 1 / (Epsilon + total);
        return new Covariance(first * weight, second * weight, cross * weight);
    }

    private static void Filter(Complex[] x, Complex[][][] estimates, int bin, int channels, double[][] powers, Covariance[] covariances)
    {
        double floor = Math.Sqrt(Epsilon);
        for (int frame = 0; frame < powers[0].Length; frame++)
        {
            double c00 = floor, c11 = floor;
            Complex c01 = 0;
            for (int source = 0; source < covariances.Length; source++)
            {
                double power = powers[source][frame];
                c00 += power * covariances[source].First;
                c11 += power * covariances[source].Second;
                c01 += power * covariances[source].Cross;
            }

            if (channels == 1)
            {
                Complex whitened = x[frame] / c00;
                for (int source = 0; source < covariances.Length; source++)
                {
                    estimates[source][bin][frame] = powers[source][frame] * covariances[source].First * whitened;
                }

                continue;
            }

            // C is Hermitian and positive, so that its inverse is [c11, −c01; −c01*, c00] / determinant.
            double determinant = (c00 * c11) - Energy(c01);
            Complex left = x[2 * frame], right = x[(2 * frame) + 1];
            Complex z0 = ((c11 * left) - (c01 * right)) / determinant;
            Complex z1 = ((c00 * right) - (Complex.Conjugate(c01) * left)) / determinant;
            for (int source = 0; source < covariances.Length; source++)
            {
                Covariance r = covariances[source];
                double power = powers[source][frame];
                estimates[source][bin][2 * frame] = power * ((r.First * z0) + (r.Cross * z1));
                estimates[source][bin][(2 * frame) + 1] = power * ((Complex.Conjugate(r.Cross) * z0) + (r.Second * z1));
            }
        }
    }

    private static double Energy(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);

    /// <summary>A Hermitian 2×2 matrix [first, cross; cross*, second].</summary>
    private readonly record struct Covariance(double First, double Second, Complex Cross);
}
