using Descant.Audio;
using Descant.Models;
using Descant.Networks;
using Descant.Tensors;

namespace Descant.Separation;

/// <summary>A loaded model that separates files and streams.</summary>
public sealed class Separator : IDisposable
{
    private readonly Engine _engine;

    private Separator(string model, Engine engine, SegmentNetwork network)
    {
        Model = model;
        _engine = engine;
        Network = network;
    }

    /// <summary>The model's file.</summary>
    public string Model { get; }

    /// <summary>What the model does: rate, channels, sources.</summary>
    public SegmentNetwork Network { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="model">A name that <c>descant models list</c> prints, or the path of a file; null for the default.</param>
    /// <param name="threads">Threads to compute with; 0 takes one per processor.</param>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static Separator Load(string? model = null, int threads = 0)
    {
        string file = ModelLibrary.OfThisMachine().Find(model ?? ModelLibrary.DefaultName);
        Engine engine = new(threads);
        try
        {
            Network network = ModelFile.Load(file, engine);
            return new Separator(file, engine, SegmentNetwork.From(network, engine));
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Separates a file.</summary>
    /// <param name="song">Any audio or video file; all but WAV need ffmpeg.</param>
    /// <param name="path">The path to write each stem to.</param>
    /// <param name="settings">How to separate; null for the defaults.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Ends it; nothing is left behind.</param>
    public Task<SeparationResult> SeparateAsync(
        string song,
        Func<string, string> path,
        SeparationSettings? settings = null,
        IProgress<SeparationProgress>? progress = null,
        CancellationToken cancellation = default) => Task.Run(
            () => new SongSeparator(Network, settings ?? new SeparationSettings()).Separate(song, path, progress, cancellation), cancellation);

    /// <summary>Starts a separation of samples that arrive in blocks.</summary>
    /// <param name="sampleRate">Their rate, in Hz.</param>
    /// <param name="channels">Their channels.</param>
    /// <param name="sink">Receives every stretch of the mixture with its estimates, as soon as they are final.</param>
    /// <param name="settings">How to separate; null for the defaults.</param>
    public MixtureSeparation Stream(int sampleRate, int channels, SeparatedSink sink, SeparationSettings? settings = null) =>
        new(Network, sampleRate, channels, settings ?? new SeparationSettings(), sink);

    /// <summary>Ends the engine's threads.</summary>
    public void Dispose() => _engine.Dispose();
}
