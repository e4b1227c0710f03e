using Descant.Datasets;

namespace Descant.Training;

/// <summary>The training split of data sets, decoded and sorted into voices, accompaniments (or their parts) and aligned songs.</summary>
/// <remarks>
/// A network that names drums, bass or other gets these three as parts, and so does every network where the recipe asks for a band of
/// parts; all others get one part, the accompaniment, which is the sum of a song's stems that are not vocals.
/// </remarks>
public sealed class TrainingMaterial
{
    private static readonly string[] BandSources = [SourceNames.Drums, SourceNames.Bass, SourceNames.Other];

    private readonly double[] _songSums;

    /// <param name="tracks">Tracks of any split; only <see cref="Split.Train"/> is used.</param>
    /// <param name="sources">The sources that the network estimates.</param>
    /// <param name="cache">Decoded audio at the network's rate.</param>
    /// <param name="recipe">What may be seen and how often.</param>
    /// <exception cref="InvalidDataException">No track trains, or none has what the network needs.</exception>
    /// <exception cref="ArgumentException">A source, beside a last one that is what the others leave, that no data set has.</exception>
    public TrainingMaterial(IReadOnlyList<Track> tracks, IReadOnlyList<string> sources, AudioCache cache, DataRecipe recipe)
    {
        if (sources.SkipLast(1).FirstOrDefault(source => source is not (SourceNames.Vocals or SourceNames.Accompaniment) && !BandSources.Contains(source)) is { } unknown)
        {
            throw new ArgumentException(
                $"training data: expected a network of vocals, accompaniment, {string.Join(", ", BandSources)}, got one that estimates '{unknown}', which no data set holds; correct its target.");
        }

        SampleRate = cache.SampleRate;
        Tracks = [.. tracks.Where(track => track.Split == Split.Train
            && (track.IsOpen || !recipe.OpenLicencesOnly) && recipe.WeightOf(track.Name) > 0)];
        PartNames = recipe.BandOfParts || sources.Intersect(BandSources).Any() ? BandSources : [SourceNames.Accompaniment];

        List<Recording> voices = [];
        List<Recording>[] parts = [.. PartNames.Select(_ => new List<Recording>())];
        List<AlignedSong> songs = [];
        foreach (Track track in Tracks)
        {
            Recording? voice = Part(track, SourceNames.Vocals, cache);
            Recording?[] own = [.. PartNames.Select(part => Part(track, part, cache))];
            if (voice is not null)
            {
                voices.Add(voice);
            }

            // A song without a bass stem often has its bass inside "other": in parts it would teach the wrong thing.
            if (PartNames.Count > 1 && own.Any(part => part is null) && !track.Rules.AbsenceIsSilence)
            {
                continue;
            }

            for (int part = 0; part < own.Length; part++)
            {
                if (own[part] is { } recording)
                {
                    parts[part].Add(recording);
                }
            }

            if (voice is not null && own.Any(part => part is not null))
            {
                songs.Add(new AlignedSong(voice, own, recipe.RecordedMixtures && track.Mixture is { } mixture ? new Recording(track, [mixture], cache) : null));
            }
        }

        Voices = new RecordingPool(voices, recipe.WeightOf);
        Parts = [.. parts.Select(recordings => new RecordingPool(recordings, recipe.WeightOf))];
        Songs = songs;
        _songSums = new double[songs.Count];
        double sum = 0;
        for (int i = 0; i < songs.Count; i++)
        {
            sum += Math.Sqrt(songs[i].Voice.Length) * recipe.WeightOf(songs[i].Voice.Track.Name);
            _songSums[i] = sum;
        }

        if (Voices.IsEmpty || Parts.Any(pool => pool.IsEmpty))
        {
            throw new InvalidDataException(
                $"training data: expected at least one voice and one recording of each of {string.Join(", ", PartNames)} that trains; "
                + $"got {Voices.Recordings.Count} voices, {string.Join(", ", PartNames.Zip(Parts, (name, pool) => $"{pool.Recordings.Count} {name}"))} "
                + $"among {Tracks.Count} of {tracks.Count} tracks{(recipe.BandOfParts ? "; data.band-of-parts: false needs one accompaniment only" : "")}.");
        }
    }

    /// <summary>Hz.</summary>
    public int SampleRate { get; }

    /// <summary>The tracks in use, for a model's card.</summary>
    public IReadOnlyList<Track> Tracks { get; }

    /// <summary>The sources beside the vocals, that a mixture is made of.</summary>
    public IReadOnlyList<string> PartNames { get; }

    /// <summary>One line for people: how many recordings and minutes of what.</summary>
    public string Summary
    {
        get
        {
            string Minutes(string name, RecordingPool pool) =>
                $"{pool.Recordings.Count} {name} ({pool.Recordings.Sum(r => (double)r.Length) / SampleRate / 60:0} min)";
            return string.Join(", ", PartNames.Zip(Parts, Minutes).Prepend(Minutes("vocals", Voices)).Append($"{Songs.Count} aligned"));
        }
    }

    internal RecordingPool Voices { get; }

    internal IReadOnlyList<RecordingPool> Parts { get; }

    internal IReadOnlyList<AlignedSong> Songs { get; }

    internal AlignedSong DrawSong(RandomStream random) => Songs[random.Pick(_songSums)];

    /// <summary>A part of a track: the sum of the stems of that name, or for the accompaniment the sum of all stems that are not vocals.</summary>
    internal static Recording? Part(Track track, string part, AudioCache cache)
    {
        if (track.StemsOf(part) is { Count: > 0 } stems)
        {
            // Where a corpus was laid out with one file for every source, an absent stem is a silent file.
            Recording recording = new(track, stems, cache);
            return recording.IsSilent && track.Rules == TrackRules.Own ? null : recording;
        }

        if (part != SourceNames.Accompaniment)
        {
            return null;
        }

        Stem[] rest = [.. track.Stems.Where(other => other.Source != SourceNames.Vocals)];
        return rest.Length > 0 ? new Recording(track, rest, cache) : null;
    }
}
