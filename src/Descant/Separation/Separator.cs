using Descant.Models;
using Descant.Networks;
using Descant.Tensors;

namespace Descant.Separation;

/// <summary>A loaded model, or the mean of several, that separates files and streams; loaded once, it serves any number of songs, also at the same time.</summary>
/// <remarks>
/// Songs that are separated at the same time take turns in the network, each turn a few seconds of audio, and overlap in
/// decoding and writing. A song needs a few windows of memory besides the model, whatever its length.
/// </remarks>
public sealed class Separator : IDisposable
{
    private readonly Engine _engine;

    private Separator(IReadOnlyList<ModelCard> cards, Engine engine, SegmentNetwork network)
    {
        Cards = cards;
        _engine = engine;
        Network = network;
    }

    /// <summary>Name, file, licence and card of the model; of each model, where several are averaged.</summary>
    public IReadOnlyList<ModelCard> Cards { get; }

    /// <summary>The model's name; those of several with + between them.</summary>
    public string Name => string.Join(ModelLibrary.Plus, Cards.Select(card => card.Name));

    /// <summary>What the model does: rate, channels, sources.</summary>
    public SegmentNetwork Network { get; }

    /// <summary>The stems that are written unless <see cref="SeparationSettings.Stems"/> names some.</summary>
    public IReadOnlyList<string> Stems => StemPlan.Create(Network.Sources, null, mixtureConsistency: true).Stems;

    /// <summary>Loads a model, or several whose estimates are averaged.</summary>
    /// <param name="model">A name that <c>descant models list</c> prints, or the path of a file; several with + between them, as in <c>vocals+vocals-fast</c>; null for the default.</param>
    /// <param name="threads">Threads to compute with; 0 takes one per processor.</param>
    /// <exception cref="ArgumentException">There is no such model, or several have no sample rate or source in common.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static Separator Load(string? model = null, int threads = 0)
    {
        ModelLibrary library = ModelLibrary.OfThisMachine();
        IReadOnlyList<string> files = model is null ? [library.FindDefault()] : library.FindAll(model);
        ModelCard[] cards = [.. files.Select(ModelCard.Read)];
        Engine engine = new(threads);
        try
        {
            return new Separator(cards, engine, SegmentNetwork.From([.. files.Select(file => ModelFile.Load(file, engine))], engine));
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Separates a file into the stems that are named, with the default settings.</summary>
    /// <inheritdoc cref="SeparateAsync(string, IReadOnlyDictionary{string, string}, SeparationSettings, IProgress{SeparationProgress}, CancellationToken)"/>
    public Task<SeparationResult> SeparateAsync(
        string song,
        IReadOnlyDictionary<string, string> outputs,
        IProgress<SeparationProgress>? progress = null,
        CancellationToken cancellation = default) => SeparateAsync(song, outputs, new SeparationSettings(), progress, cancellation);

    /// <summary>Separates a file into the stems that are named.</summary>
    /// <param name="song">Any audio or video file; all but WAV need ffmpeg.</param>
    /// <param name="outputs">The path to write each wanted stem to, by stem; they appear together when all are complete.</param>
    /// <param name="settings">How to separate; its stems are those of <paramref name="outputs"/>.</param>
    /// <param name="progress">Is told how far it is, from another thread.</param>
    /// <param name="cancellation">Ends it; nothing is left behind.</param>
    /// <exception cref="InvalidDataException">The song cannot be read, or a stem cannot be written; one line that names the file.</exception>
    /// <exception cref="ArgumentException">A setting or stem that does not exist.</exception>
    public Task<SeparationResult> SeparateAsync(
        string song,
        IReadOnlyDictionary<string, string> outputs,
        SeparationSettings settings,
        IProgress<SeparationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(settings);
        Dictionary<string, string> paths = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string stem, string path) in outputs)
        {
            string full = Path.GetFullPath(path);
            if (SeparationManifest.PathComparer.Equals(full, Path.GetFullPath(song)) || paths.ContainsValue(full) || !paths.TryAdd(stem.Trim(), full))
            {
                throw new ArgumentException($"outputs: expected a path of its own for each stem, none of them the song's, got {path} for {stem}", nameof(outputs));
            }
        }

        return paths.Count == 0
            ? throw new ArgumentException("outputs: expected at least one stem, got none", nameof(outputs))
            : SeparateAsync(song, stem => paths[stem], settings with { Stems = [.. paths.Keys] }, progress, cancellation);
    }

    /// <summary>Separates a file into the stems that <paramref name="settings"/> ask for.</summary>
    /// <param name="song">Any audio or video file; all but WAV need ffmpeg.</param>
    /// <param name="path">The path to write each stem to.</param>
    /// <param name="settings">How to separate; null for the defaults.</param>
    /// <param name="progress">Is told how far it is, from another thread.</param>
    /// <param name="cancellation">Ends it; nothing is left behind.</param>
    /// <exception cref="InvalidDataException">The song cannot be read, or a stem cannot be written; one line that names the file.</exception>
    /// <exception cref="ArgumentException">A setting or stem that does not exist.</exception>
    public Task<SeparationResult> SeparateAsync(
        string song,
        Func<string, string> path,
        SeparationSettings? settings = null,
        IProgress<SeparationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        SongSeparator separator = new(Network, Named(settings ?? new SeparationSettings()));

        // A thread of its own: the work lasts for minutes, and a server's pool threads are there for milliseconds.
        return Task.Factory.StartNew(
            () => separator.Separate(song, path, progress, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Starts a separation of samples that arrive in blocks.</summary>
    /// <param name="sampleRate">Their rate, in Hz.</param>
    /// <param name="channels">Their channels.</param>
    /// <param name="sink">Receives every stretch of the mixture with its estimates, as soon as they are final.</param>
    /// <param name="settings">How to separate; null for the defaults. Only overlap, shifts, batch and filter matter here.</param>
    /// <param name="cancellation">Looked at before every call of the network.</param>
    public MixtureSeparation Stream(
        int sampleRate, int channels, SeparatedSink sink, SeparationSettings? settings = null, CancellationToken cancellation = default) =>
        new(Network, sampleRate, channels, settings ?? new SeparationSettings(), sink, cancellation);

    /// <summary>Ends the engine's threads.</summary>
    public void Dispose() => _engine.Dispose();

    private SeparationSettings Named(SeparationSettings settings) => settings with { ModelName = settings.ModelName ?? Name };
}
