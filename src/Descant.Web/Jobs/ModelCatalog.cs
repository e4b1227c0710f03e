using System.Collections.Concurrent;
using Descant.Models;
using Descant.Networks;
using Descant.Separation;
using Descant.Tensors;

namespace Descant.Web.Jobs;

/// <summary>A model as clients see it.</summary>
internal sealed record ModelView(
    string Name, bool IsDefault, string Network, string Licence, string Description, int SampleRate, int Channels,
    IReadOnlyList<string> Sources, IReadOnlyList<string> Stems, long Bytes);

/// <summary>The models that jobs may name, and the one that is loaded.</summary>
internal sealed class ModelCatalog(ServerOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, (Version Version, ModelView View)> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly List<Loan> _loaded = [];

    /// <summary>All models that can be read, the default first.</summary>
    public IReadOnlyList<ModelView> List() => [.. options.Models.List().Select(model => Describe(model.Key, model.Value)).OfType<ModelView>()
        .OrderByDescending(model => model.IsDefault).ThenBy(model => model.Name, StringComparer.Ordinal)];

    /// <summary>The model of jobs that name none: what <see cref="ModelLibrary.FindDefault"/> finds, where it finds one.</summary>
    public string DefaultName => options.Models.UsualName();

    public ModelView? Find(string name) => options.Models.List().TryGetValue(name, out string? file) ? Describe(name, file) : null;

    /// <summary>Lends a loaded model. One model that nobody uses stays loaded for the next job.</summary>
    /// <exception cref="ArgumentException">There is no such model any more.</exception>
    /// <exception cref="InvalidDataException">Its file is damaged.</exception>
    public Loan Borrow(string name)
    {
        string file = options.Models.Find(name);
        lock (_lock)
        {
            // Looked at before loading: a file that is replaced meanwhile is loaded again next time.
            Version version = VersionOf(file);
            if (_loaded.FirstOrDefault(loan => loan.Version == version) is { } ready)
            {
                ready.Borrowers++;
                return ready;
            }

            foreach (Loan idle in _loaded.Where(loan => loan.Borrowers == 0).ToArray())
            {
                idle.Separator.Dispose();
                _loaded.Remove(idle);
            }

            Loan loan = new(this, version, Separator.Load(file, options.Threads)) { Borrowers = 1 };
            _loaded.Add(loan);
            return loan;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Loan loan in _loaded.Where(loan => loan.Borrowers == 0))
            {
                loan.Separator.Dispose();
            }

            _loaded.Clear();
        }
    }

    private ModelView? Describe(string name, string file)
    {
        Version version = VersionOf(file);
        if (_known.TryGetValue(file, out (Version Version, ModelView View) known) && known.Version == version)
        {
            return known.View;
        }

        try
        {
            ModelCard card = ModelCard.Read(file);
            using Engine engine = new(1);
            Network network = ModelFile.Load(file, engine);
            ModelView view = new(
                name, name == DefaultName, card.Network, card.Licence, FirstSentence(card.Text), network.SampleRate, network.Channels,
                network.Sources, Stems(network.Sources), card.Bytes);
            _known[file] = (version, view);
            return view;
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return null; // a file that is damaged or still being copied is no model
        }
    }

    private static Version VersionOf(string file)
    {
        FileInfo facts = new(file);
        return new Version(file, facts.LastWriteTimeUtc, facts.Exists ? facts.Length : 0);
    }

    // What a job may ask for: the plan's stems, and what is left of the song besides the voice.
    private static IReadOnlyList<string> Stems(IReadOnlyList<string> sources)
    {
        IReadOnlyList<string> stems = StemPlan.Create(sources, requested: null, mixtureConsistency: true).Stems;
        return sources.Contains("vocals") ? [.. stems.Append("accompaniment").Distinct()] : stems;
    }

    // The card's first line that is neither a heading nor a fact about files: what the model does.
    private static string FirstSentence(string card) => card.Split('\n').Select(line => line.Trim())
        .FirstOrDefault(line => line.Length > 0 && line[0] is not ('#' or '-' or '*' or '|' or '>') && !line.StartsWith("Licence:", StringComparison.OrdinalIgnoreCase)) ?? "";

    private void Return(Loan loan)
    {
        lock (_lock)
        {
            loan.Borrowers--;
            if (loan.Borrowers == 0 && _loaded.Any(other => other != loan && other.Borrowers == 0))
            {
                _loaded.Remove(loan);
            }

            if (loan.Borrowers == 0 && !_loaded.Contains(loan))
            {
                loan.Separator.Dispose();
            }
        }
    }

    /// <summary>A model's file, and what tells that another one took its place.</summary>
    internal sealed record Version(string Path, DateTime Written, long Bytes);

    /// <summary>A loaded model in use.</summary>
    internal sealed class Loan(ModelCatalog catalog, Version version, Separator separator) : IDisposable
    {
        public Version Version { get; } = version;

        public Separator Separator { get; } = separator;

        public int Borrowers { get; set; }

        public void Dispose() => catalog.Return(this);
    }
}
