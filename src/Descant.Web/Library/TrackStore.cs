namespace Descant.Web.Library;

/// <summary>The tracks of all users, each a folder: <c>track.json</c>, then <c>source</c> until it is decoded, then <c>audio.json</c>, the mixture and its peaks.</summary>
internal sealed class TrackStore(DataFolder data, JsonFiles files)
{
    public const string RecordName = "track.json";
    private const string AudioName = "audio.json";

    public string SourceFile(string user, string id) => Path.Combine(data.Track(user, id), "source");

    public string MixtureFile(string user, string id) => Path.Combine(data.Track(user, id), "mixture.wav");

    public TrackRecord? Find(string user, string id) => Identifier.IsValid(id) ? files.Read<TrackRecord>(Path.Combine(data.Track(user, id), RecordName)) : null;

    /// <summary>A track.</summary>
    /// <exception cref="Problem">404 where the user has no such track.</exception>
    public TrackRecord Get(string user, string id) => Find(user, id) ?? throw Problem.NotFound("track");

    /// <summary>What became of decoding; null while that is not known.</summary>
    public AudioRecord? Audio(string user, string id) => files.Read<AudioRecord>(Path.Combine(data.Track(user, id), AudioName));

    /// <summary>Why a track will never be separated: it could not be decoded, or is gone. Null while it can.</summary>
    public Failure? Obstacle(string user, string id) =>
        Find(user, id) is null ? new Failure("not-found", "The song was deleted.") : Audio(user, id)?.Problem;

    /// <summary>The mixture; null until it is decoded.</summary>
    public Source? Mixture(string user, string id) => Audio(user, id) is { Problem: null } audio
        ? new Source(Source.Mixture, $"/api/v1/tracks/{id}/mixture", MixtureFile(user, id), audio.Samples, audio.SampleRate, audio.Channels)
        : null;

    public IEnumerable<TrackRecord> All(string user) =>
        DataFolder.Identifiers(data.Tracks(user)).Select(id => Find(user, id)).OfType<TrackRecord>();

    /// <summary>Adds a track, or replaces what it is called.</summary>
    public void Write(string user, TrackRecord track) => files.Write(Path.Combine(data.Track(user, track.Id), RecordName), track);

    /// <summary>Says once what became of decoding.</summary>
    /// <returns>Whether this was the first to say it.</returns>
    public bool SetAudio(string user, string id, AudioRecord audio)
    {
        string folder = data.Track(user, id);
        try
        {
            using IDisposable turn = FolderLock.Acquire(folder);
            if (Audio(user, id) is not null)
            {
                return false;
            }

            files.Write(Path.Combine(folder, AudioName), audio);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }

    public void Remove(string user, string id) => DataFolder.Remove(data.Track(user, id));
}
