using System.Globalization;
using Descant.Audio;
using Descant.Nn;
using Descant.Tensors.Checkpoints;
using Descant.Training.Optimizers;

namespace Descant.Training;

/// <summary>The files of one training: <c>checkpoint.safetensors</c> to resume from, <c>best</c> and <c>model.safetensors</c> to use, <c>log.tsv</c> with loss and validation over time.</summary>
/// <remarks>A file is replaced whole or not at all, so a process killed at any time leaves the previous one.</remarks>
public sealed class TrainingFolder
{
    private const string Weights = "weights/";
    private const string Average = "average/";
    private const string Moments = "optimizer/";
    private const string OwesValidation = "owes-validation";
    private const string ValidatedSeconds = "validated-seconds";
    private const string RecipeKey = "descant.recipe";
    private const double LongestSeconds = 1e10; // three centuries, and far below what a TimeSpan holds

    private readonly string _folder;

    /// <param name="folder">Made when absent.</param>
    /// <param name="modelFacts">Stored in the metadata of every file: what a reader needs to build the network again.</param>
    public TrainingFolder(string folder, IReadOnlyDictionary<string, string>? modelFacts = null)
    {
        _folder = System.IO.Path.GetFullPath(folder);
        ModelFacts = modelFacts ?? new Dictionary<string, string>();
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Full path of the folder.</summary>
    public string Path => _folder;

    /// <summary>Stored in the metadata of every file.</summary>
    public IReadOnlyDictionary<string, string> ModelFacts { get; }

    /// <summary>Whether there is something to resume from.</summary>
    public bool HasCheckpoint => File.Exists(Checkpoint);

    private string Checkpoint => PathOf("checkpoint");

    /// <summary>The path of a file of this training, by its name without ending.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(_folder, name + ".safetensors");

    /// <summary>Keeps other trainings out of the folder until it is disposed, and removes what killed ones left half-written.</summary>
    /// <exception cref="InvalidDataException">Another training works in it.</exception>
    internal IDisposable Hold()
    {
        try
        {
            FileStream held = new(System.IO.Path.Combine(_folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            PendingFile.RemoveLeftovers(_folder, DateTimeOffset.MaxValue);
            return held;
        }
        catch (IOException)
        {
            throw new InvalidDataException($"'{_folder}': another training works in this folder; wait for it to end, or name another one by --out.");
        }
    }

    /// <summary>Writes a network's present weights with what a reader needs to build it.</summary>
    internal void SaveModel(string name, IReadOnlyList<Parameter> parameters, IReadOnlyDictionary<string, string> facts)
    {
        Dictionary<string, string> metadata = new(ModelFacts);
        foreach ((string key, string value) in facts)
        {
            metadata.TryAdd(key, value);
        }

        using SafetensorsWriter writer = new(
            PathOf(name), parameters.Select(parameter => (parameter.Name, (IReadOnlyList<int>)parameter.Value.Shape.ToArray())), metadata);
        foreach (Parameter parameter in parameters)
        {
            writer.Write(parameter.Name, parameter.Value.ToArray());
        }

        writer.Complete();
    }

    /// <summary>Writes everything that the next step depends on.</summary>
    internal void SaveCheckpoint(TrainingState state, IReadOnlyList<Parameter> parameters, IReadOnlyDictionary<string, Optimizer> optimizers, WeightAverage? average)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        List<(string Name, float[] Values)> arrays = [];
        arrays.AddRange(parameters.Select(parameter => (Weights + parameter.Name, parameter.Value.ToArray())));
        arrays.AddRange((average?.State ?? new Dictionary<string, float[]>()).Select(pair => (Average + pair.Key, pair.Value)));
        foreach ((string objective, Optimizer optimizer) in optimizers)
        {
            arrays.AddRange(optimizer.State.Select(pair => ($"{Moments}{objective}/{pair.Key}", pair.Value)));
        }

        Dictionary<string, string> metadata = new(ModelFacts)
        {
            ["step"] = state.Step.ToString(culture),
            ["seconds"] = state.Trained.TotalSeconds.ToString("R", culture),
            ["processor-seconds"] = state.Processor.TotalSeconds.ToString("R", culture),
            [ValidatedSeconds] = state.Validated.TotalSeconds.ToString("R", culture),
            ["best-sdr"] = state.BestSdr.ToString("R", culture),
            ["schedule"] = string.Join(' ', state.Schedule.Select(value => value.ToString("R", culture))),
            [OwesValidation] = state.OwesValidation ? "1" : "0",
        };
        using SafetensorsWriter writer = new(
            Checkpoint, arrays.Select(array => (array.Name, (IReadOnlyList<int>)[array.Values.Length])), metadata);
        foreach ((string name, float[] values) in arrays)
        {
            writer.Write(name, values);
        }

        writer.Complete();
    }

    /// <summary>Puts a checkpoint back; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged or belongs to another network.</exception>
    internal TrainingState? LoadCheckpoint(IReadOnlyList<Parameter> parameters, IReadOnlyDictionary<string, Optimizer> optimizers, WeightAverage? average)
    {
        if (!HasCheckpoint)
        {
            return null;
        }

        using SafetensorsFile file = SafetensorsFile.Open(Checkpoint);
        if (ModelFacts.TryGetValue(RecipeKey, out string? now) && file.Metadata.TryGetValue(RecipeKey, out string? then)
            && RecipeReader.Difference(then, now) is { } difference)
        {
            throw new InvalidDataException($"'{Checkpoint}' belongs to a training by another recipe: {difference}. Undo the change, or name another folder by --out.");
        }

        foreach (Parameter parameter in parameters)
        {
            if (!file.TryGet(Weights + parameter.Name, out _))
            {
                throw new InvalidDataException(
                    $"'{Checkpoint}' has no weights '{parameter.Name}': it belongs to another network. Name another folder by --out.");
            }

            float[] values = file.Read(Weights + parameter.Name);
            if (values.Length != parameter.Value.ElementCount)
            {
                throw new InvalidDataException(
                    $"'{Checkpoint}': '{parameter.Name}' has {values.Length} values, the network {parameter.Value.ElementCount}. Name another folder by --out.");
            }

            parameter.Value.Assign(values);
        }

        average?.Restore(Read(file, Average));
        foreach ((string objective, Optimizer optimizer) in optimizers)
        {
            optimizer.Restore(Read(file, $"{Moments}{objective}/"));
        }

        return new TrainingState(
            (long)Number(file, "step", Fact(file, "step"), 0, 1e15),
            TimeSpan.FromSeconds(Number(file, "seconds", Fact(file, "seconds"), 0, LongestSeconds)),
            TimeSpan.FromSeconds(Number(file, "processor-seconds", Fact(file, "processor-seconds"), 0, LongestSeconds)),
            TimeSpan.FromSeconds(Number( // a checkpoint without it is older than it
                file, ValidatedSeconds, file.Metadata.GetValueOrDefault(ValidatedSeconds) ?? Fact(file, "seconds"), 0, LongestSeconds)),
            Number(file, "best-sdr", Fact(file, "best-sdr"), double.NegativeInfinity, 1e6),
            [.. Fact(file, "schedule").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => Number(file, "schedule", text, double.NegativeInfinity, double.PositiveInfinity))],
            file.Metadata.GetValueOrDefault(OwesValidation) == "1");
    }

    /// <summary>Adds a line to the log.</summary>
    internal void Log(TrainingProgress progress)
    {
        string path = System.IO.Path.Combine(_folder, "log.tsv");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, "step\tminutes\tloss\trate\twaiting\tsdr\tsilence\tgroups\n");
        }

        CultureInfo culture = CultureInfo.InvariantCulture;
        ValidationScore? score = progress.Validation;
        string groups = score is null
            ? string.Empty
            : string.Join(' ', score.Groups.Select(group => string.Create(culture, $"{group.Key}={group.Value:0.000}")));
        File.AppendAllText(path, string.Create(
            culture,
            $"{progress.Step}\t{progress.Trained.TotalMinutes:0.00}\t{progress.Loss:0.000000}\t{progress.LearningRate:0.000e+0}\t{progress.WaitingShare:0.000}\t{score?.Sdr:0.000}\t{score?.SilenceDb:0.00}\t{groups}\n"));
    }

    private static Dictionary<string, float[]> Read(SafetensorsFile file, string beginning) => file.Entries
        .Where(entry => entry.Name.StartsWith(beginning, StringComparison.Ordinal))
        .ToDictionary(entry => entry.Name[beginning.Length..], entry => file.Read(entry.Name), StringComparer.Ordinal);

    private string Fact(SafetensorsFile file, string key) => file.Metadata.TryGetValue(key, out string? value)
        ? value
        : throw new InvalidDataException($"'{Checkpoint}' has no '{key}' in its metadata; it is no checkpoint of a training.");

    private double Number(SafetensorsFile file, string key, string text, double least, double most) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most
            ? number
            : throw new InvalidDataException($"'{Checkpoint}': '{key}' expects a number, got '{file.Metadata[key]}'; the file is damaged. Name another folder by --out.");
}
