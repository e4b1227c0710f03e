namespace Descant.Training;

/// <summary>Plays audio faster or slower at its own pitch, by overlapping stretches of it that are shifted until they fit.</summary>
/// <remarks>
/// WSOLA: Verhelst and Roelands, "An overlap-add technique based on waveform similarity", ICASSP 1993. Windows of 46 ms overlap by half;
/// each is taken within 12 ms of where it belongs, where it best continues the one before. All channels take the same places.
/// </remarks>
internal sealed class TimeStretch
{
    private const int SearchStep = 4;  // samples between two places that are tried, and between two that are compared

    private readonly int _hop;
    private readonly int _reach;
    private readonly float[] _fade;
    private readonly List<int> _places = [];

    /// <param name="sampleRate">Hz.</param>
    public TimeStretch(int sampleRate)
    {
        _hop = Math.Max(32, (int)(0.023 * sampleRate));
        _reach = _hop / 2;
        _fade = [.. Enumerable.Range(0, _hop).Select(i => (float)(0.5 - (0.5 * Math.Cos(Math.PI * (i + 0.5) / _hop))))]; // with its mirror image 1
    }

    /// <summary>Samples of the source that are needed.</summary>
    /// <param name="samples">Samples to be made.</param>
    /// <param name="tempo">How many times faster.</param>
    public int SourceSamples(int samples, double tempo) => (int)Math.Ceiling((samples + _hop) * tempo) + (3 * _hop) + (2 * _reach);

    /// <summary>Finds the places to take, from a source that stands for all channels.</summary>
    /// <param name="guide">At least <see cref="SourceSamples"/>.</param>
    /// <param name="samples">Samples to be made.</param>
    /// <param name="tempo">How many times faster.</param>
    public void Plan(ReadOnlySpan<float> guide, int samples, double tempo)
    {
        _places.Clear();
        _places.Add(0);
        for (int made = _hop; made < samples + _hop; made += _hop)
        {
            int wanted = (int)(made * tempo), before = _places[^1] + _hop; // where it belongs; where the one before goes on
            int first = Math.Max(0, wanted - _reach), best = first;
            float most = float.NegativeInfinity;
            for (int place = first; place <= wanted + _reach; place += SearchStep)
            {
                float likeness = Likeness(guide.Slice(place, _hop), guide.Slice(before, _hop));
                if (likeness > most)
                {
                    (most, best) = (likeness, place);
                }
            }

            _places.Add(best);
        }
    }

    /// <summary>Makes one channel by the plan.</summary>
    /// <param name="source">As long as the guide.</param>
    /// <param name="destination">As many samples as were planned.</param>
    public void Render(ReadOnlySpan<float> source, Span<float> destination)
    {
        for (int start = 0, i = 0; start < destination.Length; start += _hop, i++)
        {
            ReadOnlySpan<float> leaving = source.Slice(i == 0 ? 0 : _places[i - 1] + _hop, _hop), coming = source.Slice(_places[i], _hop);
            int count = Math.Min(_hop, destination.Length - start);
            for (int k = 0; k < count; k++)
            {
                destination[start + k] = i == 0 ? coming[k] : (_fade[k] * coming[k]) + (_fade[_hop - 1 - k] * leaving[k]);
            }
        }
    }

    /// <summary>Correlation, normalised by the first stretch's level.</summary>
    private static float Likeness(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float product = 0, energy = 1e-9f;
        for (int i = 0; i < a.Length; i += SearchStep)
        {
            product += a[i] * b[i];
            energy += a[i] * a[i];
        }

        return product / MathF.Sqrt(energy);
    }
}
