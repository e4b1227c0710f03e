namespace Descant.Metrics;

/// <summary>
/// The plain SDR of the Music Demixing Challenges (uSDR, "MDX SDR"): energy of the reference over energy of the error, over
/// the whole track and all channels.
/// </summary>
/// <remarks>
/// 10·log₁₀((Σ s² + δ)/(Σ (s − e)² + δ)) with δ = 1e-7 (Y. Mitsufuji et al., "Music Demixing Challenge 2021", Frontiers in
/// Signal Processing 2022, eq. 1; δ as in Demucs' evaluation). A silent reference has a value too: δ keeps it finite.
/// </remarks>
public sealed class Usdr : IBlockMetric
{
    /// <summary>What is added to both energies.</summary>
    public const double Delta = 1e-7;

    private readonly int _channels;
    private readonly IReadOnlyList<string>? _names;
    private readonly double[] _energies;
    private readonly double[] _errors;
    private long _position;

    /// <param name="sources">References and estimates.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="names">What messages call the sources; null for numbers.</param>
    public Usdr(int sources, int channels, IReadOnlyList<string>? names = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sources);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _channels = channels;
        _names = names;
        _energies = new double[sources];
        _errors = new double[sources];
    }

    /// <summary>uSDR of a source in dB, once everything is fed.</summary>
    public double this[int source] => Of(_energies[source], _errors[source]);

    /// <summary>uSDR in dB of one source, its channels one after another.</summary>
    /// <exception cref="ArgumentException">Different lengths, no samples, NaN or infinity.</exception>
    public static double Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> estimate)
    {
        SampleCheck.Pair("usdr", reference, estimate);
        return Of(SampleSums.Energy(reference), SampleSums.SquaredDifference(reference, estimate));
    }

    /// <inheritdoc/>
    public void Add(double[][] references, double[][] estimates, int offset, int count)
    {
        for (int row = 0; row < _energies.Length * _channels; row++)
        {
            int source = row / _channels;
            string name = _names is null ? $"{source + 1}" : $"'{_names[source]}'";
            ReadOnlySpan<double> reference = references[row].AsSpan(offset, count);
            ReadOnlySpan<double> estimate = estimates[row].AsSpan(offset, count);
            SampleCheck.Finite("usdr", $"reference {name}", reference, _position);
            SampleCheck.Finite("usdr", $"estimate {name}", estimate, _position);
            _energies[source] += SampleSums.Energy(reference);
            _errors[source] += SampleSums.SquaredDifference(reference, estimate);
        }

        _position += count;
    }

    /// <inheritdoc/>
    public bool EndPass() => false;

    private static double Of(double energy, double error) => 10 * Math.Log10((energy + Delta) / (error + Delta));
}
