namespace Descant.Dsp;

/// <summary>Triangular filters that sum the bins of a spectrum into mel bands, and their pseudo-inverse.</summary>
/// <remarks>
/// librosa's <c>filters.mel</c>: band b rises from edge b to edge b + 1 and falls to edge b + 2, the edges being equally spaced
/// on the mel scale; with Slaney's normalisation each triangle, in hertz, has an area of 1. Spectra are [frames, bins],
/// mel spectra [frames, bands]. Immutable.
/// </remarks>
public sealed class MelFilterBank
{
    // Singular values below a millionth of the largest count as zero in the pseudo-inverse: their bands repeat others.
    private const double SmallestEigenvalue = 1e-12;
    private const double SlaneyHzPerMel = 200.0 / 3;
    private const double SlaneyBreakHz = 1000;
    private static readonly double s_slaneyLogStep = Math.Log(6.4) / 27;

    private readonly float[] _weights;
    private readonly int[] _firstBin;
    private readonly int[] _lastBin;
    private readonly Lazy<float[]> _pseudoInverse;

    /// <summary>Builds the filters.</summary>
    /// <param name="sampleRate">Samples per second of the audio behind the spectra.</param>
    /// <param name="fftSize">Samples of one transform.</param>
    /// <param name="bands">Mel bands.</param>
    /// <param name="lowHz">Lower edge of the first band.</param>
    /// <param name="highHz">Upper edge of the last band; null means half the sample rate.</param>
    /// <param name="scale">Spacing of the bands.</param>
    /// <param name="isNormalised">Whether triangles have equal areas (Slaney) rather than equal heights of 1.</param>
    public MelFilterBank(
        int sampleRate, int fftSize, int bands, double lowHz = 0, double? highHz = null, MelScale scale = MelScale.Slaney,
        bool isNormalised = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fftSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bands);
        double high = highHz ?? sampleRate / 2.0;
        if (!(lowHz >= 0 && high > lowHz))
        {
            throw new ArgumentException($"MelFilterBank: expected 0 <= lowHz < highHz, got {lowHz} and {high}");
        }

        Bands = bands;
        Bins = (fftSize / 2) + 1;
        _weights = new float[Bands * Bins];
        _firstBin = new int[bands];
        _lastBin = new int[bands];
        double lowMel = ToMel(lowHz, scale);
        double stepMel = (ToMel(high, scale) - lowMel) / (bands + 1);
        for (int band = 0; band < bands; band++)
        {
            double left = ToHz(lowMel + (stepMel * band), scale);
            double centre = ToHz(lowMel + (stepMel * (band + 1)), scale);
            double right = ToHz(lowMel + (stepMel * (band + 2)), scale);
            double height = isNormalised ? 2 / (right - left) : 1;
            _firstBin[band] = Bins;
            for (int bin = 0; bin < Bins; bin++)
            {
                double hz = (double)bin * sampleRate / fftSize;
                double weight = Math.Min((hz - left) / (centre - left), (right - hz) / (right - centre));
                if (weight > 0)
                {
                    _weights[(band * Bins) + bin] = (float)(weight * height);
                    _firstBin[band] = Math.Min(_firstBin[band], bin);
                    _lastBin[band] = bin;
                }
            }
        }

        _pseudoInverse = new Lazy<float[]>(PseudoInverse);
    }

    /// <summary>Mel bands.</summary>
    public int Bands { get; }

    /// <summary>Bins of a spectrum.</summary>
    public int Bins { get; }

    /// <summary>Mels of a frequency.</summary>
    public static double ToMel(double hz, MelScale scale) =>
        scale == MelScale.Htk ? 2595 * Math.Log10(1 + (hz / 700))
        : hz < SlaneyBreakHz ? hz / SlaneyHzPerMel
        : (SlaneyBreakHz / SlaneyHzPerMel) + (Math.Log(hz / SlaneyBreakHz) / s_slaneyLogStep);

    /// <summary>The frequency of so many mels.</summary>
    public static double ToHz(double mel, MelScale scale)
    {
        const double BreakMel = SlaneyBreakHz / SlaneyHzPerMel;
        return scale == MelScale.Htk ? 700 * (Math.Pow(10, mel / 2595) - 1)
            : mel < BreakMel ? mel * SlaneyHzPerMel
            : SlaneyBreakHz * Math.Exp(s_slaneyLogStep * (mel - BreakMel));
    }

    /// <summary>The weights of all bins in one band.</summary>
    public ReadOnlySpan<float> Weights(int band) => _weights.AsSpan(band * Bins, Bins);

    /// <summary>Mel spectra of spectra.</summary>
    /// <param name="spectra">[frames, bins], magnitudes or powers.</param>
    /// <param name="mels">[frames, bands], overwritten.</param>
    public void Forward(ReadOnlySpan<float> spectra, Span<float> mels)
    {
        int frames = Frames(spectra.Length, mels.Length);
        for (int frame = 0; frame < frames; frame++)
        {
            ReadOnlySpan<float> spectrum = spectra.Slice(frame * Bins, Bins);
            for (int band = 0; band < Bands; band++)
            {
                ReadOnlySpan<float> weights = Weights(band);
                float sum = 0;
                for (int bin = _firstBin[band]; bin <= _lastBin[band]; bin++)
                {
                    sum += weights[bin] * spectrum[bin];
                }

                mels[(frame * Bands) + band] = sum;
            }
        }
    }

    /// <summary>
    /// The smallest spectra with given mel spectra (Moore–Penrose); bins may come out negative, which librosa clips to 0 as
    /// the caller may.
    /// </summary>
    /// <param name="mels">[frames, bands].</param>
    /// <param name="spectra">[frames, bins], overwritten.</param>
    public void Inverse(ReadOnlySpan<float> mels, Span<float> spectra)
    {
        int frames = Frames(spectra.Length, mels.Length);
        float[] inverse = _pseudoInverse.Value;
        spectra.Clear();
        for (int frame = 0; frame < frames; frame++)
        {
            Span<float> spectrum = spectra.Slice(frame * Bins, Bins);
            for (int band = 0; band < Bands; band++)
            {
                float mel = mels[(frame * Bands) + band];
                ReadOnlySpan<float> row = inverse.AsSpan(band * Bins, Bins);
                for (int bin = 0; bin < Bins; bin++)
                {
                    spectrum[bin] += mel * row[bin];
                }
            }
        }
    }

    private int Frames(int spectra, int mels)
    {
        int frames = spectra / Bins;
        return spectra == frames * Bins && mels == frames * Bands
            ? frames
            : throw new ArgumentException($"MelFilterBank: expected frames of {Bins} bins and of {Bands} bands, got {spectra} and {mels} numbers");
    }

    /// <summary>(M⁺)ᵀ = (M·Mᵀ)⁺·M, [bands, bins].</summary>
    private float[] PseudoInverse()
    {
        double[,] gram = new double[Bands, Bands];
        for (int a = 0; a < Bands; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                double sum = 0;
                for (int bin = Math.Max(_firstBin[a], _firstBin[b]); bin <= Math.Min(_lastBin[a], _lastBin[b]); bin++)
                {
                    sum += (double)_weights[(a * Bins) + bin] * _weights[(b * Bins) + bin];
                }

                gram[a, b] = gram[b, a] = sum;
            }
        }

        (double[] values, double[,] vectors) = SymmetricEigen.Decompose(gram);
        double smallest = values.Max() * SmallestEigenvalue;
        double[] inverse = new double[Bands * Bins];
        double[] projected = new double[Bins];
        for (int e = 0; e < Bands; e++)
        {
            if (values[e] <= smallest)
            {
                continue;
            }

            Array.Clear(projected);
            for (int band = 0; band < Bands; band++)
            {
                for (int bin = _firstBin[band]; bin <= _lastBin[band]; bin++)
                {
                    projected[bin] += vectors[band, e] * _weights[(band * Bins) + bin];
                }
            }

            for (int band = 0; band < Bands; band++)
            {
                double factor = vectors[band, e] / values[e];
                for (int bin = 0; bin < Bins; bin++)
                {
                    inverse[(band * Bins) + bin] += factor * projected[bin];
                }
            }
        }

        return [.. inverse.Select(x => (float)x)];
    }
}
