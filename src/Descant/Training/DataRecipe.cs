namespace Descant.Training;

/// <summary>Which recordings a training may see, and how often.</summary>
public sealed record DataRecipe
{
    /// <summary>Only recordings whose licence lets anybody use the model for anything (with attribution).</summary>
    public bool OpenLicencesOnly { get; init; }

    /// <summary>Factors on how often recordings are drawn, by the beginning of a track's name; the longest one counts, 0 leaves out.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    /// <summary>Who trains in MIR-1K: <c>product</c> or <c>customary</c>.</summary>
    public Datasets.Mir1kSplit Mir1kSplit { get; init; } = Datasets.Mir1kSplit.Product;

    /// <summary>How MedleyDB is read, where it is among the data.</summary>
    public Datasets.DatasetOptions MedleyDb { get; init; } = new();

    /// <summary>The band of an unaligned example from drums, bass and other of three songs, instead of one song's accompaniment; songs without these stems then give voices only.</summary>
    public bool BandOfParts { get; init; }

    /// <summary>
    /// A song whose data set has a mixture of its own is validated on that, and an aligned example of it is an excerpt of that, instead
    /// of the sum of its stems; then nothing else may change the example's stems.
    /// </summary>
    public bool RecordedMixtures { get; init; }

    /// <summary>Threads that prepare examples while the network computes.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The beginnings in <see cref="Weights"/> with which no track's name begins: misspelt, or of recordings that are not here.</summary>
    public IEnumerable<string> UnusedWeights(IReadOnlyList<Datasets.Track> tracks) =>
        Weights.Keys.Where(beginning => !tracks.Any(track => track.Name.StartsWith(beginning, StringComparison.Ordinal)));

    /// <summary>The weight of a track, from the longest matching beginning of its name.</summary>
    public double WeightOf(string name)
    {
        (int Length, double Weight) best = (-1, 1);
        foreach ((string beginning, double weight) in Weights)
        {
            if (beginning.Length > best.Length && name.StartsWith(beginning, StringComparison.Ordinal))
            {
                best = (beginning.Length, weight);
            }
        }

        return best.Weight;
    }
}
