namespace Descant.Metrics.BssEval;

/// <summary>
/// What the reference implementations demand of whole signals: nothing silent (the channels' sum zero in every sample),
/// and, beyond them, no NaN and no infinity.
/// </summary>
internal sealed class SourceWatch
{
    private readonly int _channels;
    private readonly bool[] _sounds;
    private readonly IReadOnlyList<string>? _names;
    private readonly string _role;
    private long _samples;

    /// <param name="role">"reference" or "estimate", for messages.</param>
    /// <param name="sources">Sources to watch.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="names">What messages call the sources; null for numbers.</param>
    public SourceWatch(string role, int sources, int channels, IReadOnlyList<string>? names)
    {
        _role = role;
        _channels = channels;
        _names = names;
        _sounds = new bool[sources];
    }

    /// <summary>Whether some source has been silent so far.</summary>
    public bool AnySilent => Array.IndexOf(_sounds, false) >= 0;

    /// <exception cref="ArgumentException">A sample is NaN or infinite.</exception>
    public void Add(double[][] signals, int offset, int count)
    {
        for (int source = 0; source < _sounds.Length; source++)
        {
            for (int channel = 0; channel < _channels; channel++)
            {
                ReadOnlySpan<double> samples = signals[(source * _channels) + channel].AsSpan(offset, count);
                if (!double.IsFinite(SampleSums.Sum(samples)))
                {
                    ThrowNotFinite(source, channel, samples);
                }
            }

            _sounds[source] = _sounds[source] || Sounds(signals, source, offset, count);
        }

        _samples += count;
    }

    /// <exception cref="ArgumentException">Nothing was fed, or a source was silent.</exception>
    public void Complete()
    {
        if (_samples == 0)
        {
            throw new ArgumentException($"BSS Eval: expected at least one sample, got an empty {_role}");
        }

        int silent = Array.IndexOf(_sounds, false);
        if (silent >= 0)
        {
            throw new ArgumentException(
                $"BSS Eval: expected every {_role} to sound, got {Name(silent)} silent throughout; leave that source out of the evaluation");
        }
    }

    private bool Sounds(double[][] signals, int source, int offset, int count)
    {
        for (int i = offset; i < offset + count; i++)
        {
            double sum = 0;
            for (int channel = 0; channel < _channels; channel++)
            {
                sum += signals[(source * _channels) + channel][i];
            }

            if (sum != 0)
            {
                return true;
            }
        }

        return false;
    }

    private void ThrowNotFinite(int source, int channel, ReadOnlySpan<double> samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            if (!double.IsFinite(samples[i]))
            {
                throw new ArgumentException(
                    $"BSS Eval: expected finite samples, got {samples[i]} in {_role} {Name(source)}, channel {channel + 1}, sample {_samples + i}; repair that file");
            }
        }

        throw new ArgumentException(
            $"BSS Eval: expected samples within the range of audio, got {_role} {Name(source)} whose sum overflows; repair that file");
    }

    private string Name(int source) => _names is null || source >= _names.Count ? $"{source + 1}" : $"'{_names[source]}'";
}
