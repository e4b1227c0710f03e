namespace Descant.Models;

/// <summary>Where trained models lie: folders that are looked through in order, and names without folder and ending.</summary>
public sealed class ModelLibrary
{
    /// <summary>The name of the model that is used unless another is asked for.</summary>
    public const string DefaultName = "vocals";

    /// <summary>The name of the model that the packages carry: trained only on audio whose terms allow any use.</summary>
    public const string OpenName = "vocals-open";

    /// <summary>Stands between the names of models whose estimates are averaged.</summary>
    internal const char Plus = '+';

    private const string Extension = ".safetensors";

    /// <summary>Looks through these folders.</summary>
    public ModelLibrary(IEnumerable<string> folders) => Folders = [.. folders];

    /// <summary>The folders, the first with a name wins.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>The folders of this machine: <c>DESCANT_MODELS</c>, <c>models/</c> beside the program or above it (a checkout), the user's own.</summary>
    public static ModelLibrary OfThisMachine()
    {
        List<string> folders = [];
        if (Environment.GetEnvironmentVariable("DESCANT_MODELS") is { Length: > 0 } chosen)
        {
            folders.Add(Path.GetFullPath(chosen));
        }

        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string candidate = Path.Combine(folder, "models");
            if (Directory.Exists(candidate) && Directory.EnumerateFiles(candidate, "*" + Extension).Any())
            {
                folders.Add(candidate);
                break;
            }
        }

        folders.Add(UserFolder());
        return new ModelLibrary(folders);
    }

    /// <summary>Where imported models are put.</summary>
    public static string UserFolder() => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "descant", "models");

    /// <summary>The files of all models, by name.</summary>
    public IReadOnlyDictionary<string, string> List()
    {
        SortedDictionary<string, string> models = new(StringComparer.Ordinal);
        foreach (string folder in Folders.Where(Directory.Exists))
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*" + Extension))
            {
                models.TryAdd(Path.GetFileNameWithoutExtension(file), file);
            }
        }

        return models;
    }

    /// <summary>The name of the model that is used here unless another is asked for: <see cref="OpenName"/> where only that is there, else <see cref="DefaultName"/>.</summary>
    public string UsualName()
    {
        IReadOnlyDictionary<string, string> models = List();
        return models.ContainsKey(DefaultName) || !models.ContainsKey(OpenName) ? DefaultName : OpenName;
    }

    /// <summary>The file of the model called <see cref="UsualName"/>.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public string FindDefault() => Find(UsualName());

    /// <summary>The files of the models that a text names, one or several with + between them.</summary>
    /// <param name="namesOrPaths">Names from <see cref="List"/> or paths of files; one whose own name holds a + counts as one.</param>
    /// <exception cref="ArgumentException">There is no such model; the message lists those there are. Or one is named twice.</exception>
    public IReadOnlyList<string> FindAll(string namesOrPaths)
    {
        ArgumentException.ThrowIfNullOrEmpty(namesOrPaths);
        if (File.Exists(namesOrPaths) || List().ContainsKey(namesOrPaths))
        {
            return [Find(namesOrPaths)];
        }

        string[] parts = namesOrPaths.Split(Plus, StringSplitOptions.TrimEntries);
        if (parts.Any(part => part.Length == 0))
        {
            throw new ArgumentException($"model: expected a name on each side of every {Plus}, got {namesOrPaths}", nameof(namesOrPaths));
        }

        string[] files = [.. parts.Select(Find)];
        return files.Distinct().Count() == files.Length
            ? files
            : throw new ArgumentException($"model: expected different models to average, got {namesOrPaths}", nameof(namesOrPaths));
    }

    /// <summary>The file of a model.</summary>
    /// <param name="nameOrPath">A name from <see cref="List"/>, or the path of a file.</param>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public string Find(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        IReadOnlyDictionary<string, string> models = List();
        if (models.TryGetValue(nameOrPath, out string? file))
        {
            return file;
        }

        if (File.Exists(nameOrPath))
        {
            return Path.GetFullPath(nameOrPath);
        }

        string known = models.Count == 0 ? $"there is none in {string.Join(" or ", Folders)}" : $"expected {string.Join(", ", models.Keys)}, or a file";
        throw new ArgumentException($"model: {known}; got {nameOrPath}", nameof(nameOrPath));
    }
}
