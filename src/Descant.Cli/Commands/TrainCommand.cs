using System.CommandLine;
using System.Text.Json.Nodes;
using Descant.Datasets;
using Descant.Models;
using Descant.Networks;
using Descant.Tensors;
using Descant.Training;

namespace Descant.Cli.Commands;

/// <summary>Trains a network by a recipe; goes on from the last checkpoint where there is one.</summary>
internal sealed class TrainCommand : Command
{
    private const int ChunksPerTrack = 64; // Open-Unmix's samples_per_track

    private static readonly Dictionary<string, string> s_architectures = new() { ["lstm"] = "umx", ["transformer"] = "umx-transformer", ["time"] = "umx-time" };
    private static readonly Dictionary<string, string> s_losses = new() { ["L1Loss"] = "L1", ["MSELoss"] = "Mse", ["DualLoss"] = "Dual" };

    private readonly Argument<string?> _recipe = new("recipe")
    {
        Description = "Recipe in YAML, or the name of one that comes with Descant (folder recipes/). May be left out where --arch names the network.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _data = new("--data", "--root", "-root")
    {
        Description = "Folder of training data, raw or prepared; may be given several times.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _out = new("--out", "-o", "--output", "-output")
    {
        Description = "Folder of checkpoint, model and log; best outside a repository. Default: the user's data folder, by the recipe's name.",
    };

    private readonly Option<string> _cache = new("--cache")
    {
        Description = "Folder of decoded audio.",
        DefaultValueFactory = _ => AudioCache.DefaultFolder,
    };

    private readonly Option<double?> _minutes = new("--minutes") { Description = "Budget in minutes, instead of the recipe's." };
    private readonly Option<long?> _steps = new("--steps") { Description = "Budget in steps, instead of the recipe's." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads that compute; 0 takes one per processor." };
    private readonly Option<string?> _from = new("--from") { Description = "Model whose weights to begin with, as far as they fit, where there is no checkpoint yet." };

    private readonly Option<bool> _keys = new("--keys") { Description = "Only print every key of recipes with its value: the defaults, or those of the recipe and its network." };

    // The spellings of S1 and Open-Unmix: each changes the recipe.
    private readonly Option<string?> _arch = new("--arch", "-arch") { Description = "S1's network: lstm, transformer or time; its recipe unless one is named." };
    private readonly Option<string?> _loss = new("--loss_func", "-loss_func", "--loss-func") { Description = "S1's loss: L1Loss, MSELoss or DualLoss." };
    private readonly Option<string?> _target = new("--target", "-target") { Description = "The source that the network estimates." };
    private readonly Option<int?> _batch = new("--batch-size", "-batch-size") { Description = "Examples in a batch, instead of the recipe's." };
    private readonly Option<int?> _workers = new("--nb-workers", "-nb-workers") { Description = "Threads that prepare examples, instead of the recipe's; 0 counts as 1." };
    private readonly Option<ulong?> _seed = new("--seed", "-seed") { Description = "Seed, instead of the recipe's." };
    private readonly Option<int?> _epochs = new("--epochs", "-epochs") { Description = $"Budget in epochs of {ChunksPerTrack} excerpts of every track, instead of the recipe's." };

    public TrainCommand()
        : base("train", "Train a network by a recipe. A run that was stopped or killed goes on from its last checkpoint.")
    {
        _arch.AcceptOnlyFromAmong([.. s_architectures.Keys]);
        _loss.AcceptOnlyFromAmong([.. s_losses.Keys]);
        _target.AcceptOnlyFromAmong(SourceNames.Vocals, SourceNames.Accompaniment, SourceNames.Drums, SourceNames.Bass, SourceNames.Other);
        Add(_recipe);
        foreach (Option option in new Option[] { _data, _out, _cache, _minutes, _steps, _threads, _from, _keys, _arch, _loss, _target, _batch, _workers, _seed, _epochs })
        {
            Add(option);
        }

        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        string? named = parsed.GetValue(_recipe) ?? ArchitectureOf(parsed);
        if (parsed.GetValue(_keys))
        {
            foreach (string line in RecipeReader.Describe(named is null ? new Recipe() : Changed(RecipeReader.ReadFile(RecipeLibrary.Find(named)), parsed)))
            {
                output.WriteLine(line);
            }

            return CommandLine.Success;
        }

        string path = RecipeLibrary.Find(named ?? throw new ArgumentException("train: expected a recipe, or a network by --arch; got neither"));
        Recipe recipe = Changed(RecipeReader.ReadFile(path), parsed);
        NetworkPreset preset = NetworkCatalog.Find(recipe.Network).With(recipe.Options);
        string[] data = parsed.GetValue(_data) is { Length: > 0 } folders ? folders : throw new ArgumentException("train: expected a folder of training data by --data, got none");
        using Engine engine = new(parsed.GetValue(_threads));
        Network network = preset.Build(engine, (int)(recipe.Seed % int.MaxValue));
        IReadOnlyList<Track> tracks = Mir1k.SplitAs(
            [.. data.SelectMany(folder => DatasetCatalog.Read(folder, recipe.Data.MedleyDb))], recipe.Data.Mir1kSplit);
        DecodeProgress.Refuse(DatasetCheck.Headers(tracks));
        if (string.Join(", ", recipe.Data.UnusedWeights(tracks).Select(beginning => $"'{beginning}'")) is { Length: > 0 } unused)
        {
            ErrorLine.Write(
                $"warning: data.weights: expected beginnings of tracks' names, but no track here begins with {unused}; correct or remove them if they are meant for this data");
        }

        using AudioCache cache = new(parsed.GetRequiredValue(_cache), network.SampleRate);
        DecodeProgress.Fill(
            cache, [.. tracks.Where(track => track.Split != Split.Evaluation)], recipe.Data.RecordedMixtures, Environment.ProcessorCount, output, cancellation);
        TrainingMaterial material = new(tracks, network.Sources, cache, recipe.Data);
        if (parsed.GetValue(_epochs) is { } epochs)
        {
            int batches = ((ChunksPerTrack * material.Tracks.Count) + recipe.Batch - 1) / recipe.Batch;
            recipe = Checked(recipe with { Budget = new BudgetRecipe { Steps = (long)epochs * batches } });
        }

        Validator validator = new(tracks, network.Sources, cache, recipe.Validation, recipe.Data.RecordedMixtures);
        TrainingFolder folder = new(
            parsed.GetValue(_out) ?? DefaultFolder(path),
            new Dictionary<string, string>(ModelFile.Describe(preset)) { ["descant.recipe"] = RecipeWriter.Write(recipe) });
        if (parsed.GetValue(_from) is { } model && !folder.HasCheckpoint)
        {
            int taken = ModelFile.TakeOver(network, ModelLibrary.OfThisMachine().Find(model));
            output.WriteLine($"{taken} of {network.Parameters.Count()} weight tensors taken over from {model}");
        }

        Trainer trainer = new(network, engine, recipe, material, validator.Count > 0 ? validator : null, folder);
        output.WriteLine($"{recipe.Network}: {network.ParameterCount:N0} weights; {material.Summary}");
        output.WriteLine(trainer.Step > 0 ? $"going on from step {trainer.Step} in {folder.Path}" : $"training in {folder.Path}");
        TrainingOutcome outcome = trainer.Run(progress => output.WriteLine(progress), cancellation);
        output.WriteLine(outcome == TrainingOutcome.Finished
            ? $"finished: {folder.PathOf("model")}"
            : $"stopped at step {trainer.Step}; the same command goes on from there");
        return outcome == TrainingOutcome.Finished ? CommandLine.Success : CommandLine.Interrupted;
    }

    private string? ArchitectureOf(ParseResult parsed) => parsed.GetValue(_arch) is { } name ? s_architectures[name] : null;

    /// <summary>The recipe with what the command line says instead.</summary>
    private Recipe Changed(Recipe recipe, ParseResult parsed)
    {
        (double? minutes, long? steps) = (parsed.GetValue(_minutes), parsed.GetValue(_steps));
        JsonObject options = recipe.Options.DeepClone().AsObject();
        if (parsed.GetValue(_loss) is { } loss)
        {
            options["loss"] = s_losses[loss];
        }

        if (parsed.GetValue(_target) is { } target)
        {
            options["target"] = target;
        }

        return Checked(recipe with
        {
            Network = ArchitectureOf(parsed) ?? recipe.Network,
            Options = options,
            Batch = parsed.GetValue(_batch) ?? recipe.Batch,
            Seed = parsed.GetValue(_seed) ?? recipe.Seed,
            Data = recipe.Data with { Workers = Math.Max(1, parsed.GetValue(_workers) ?? recipe.Data.Workers) },
            Budget = minutes is null && steps is null ? recipe.Budget : new BudgetRecipe { Minutes = minutes ?? 0, Steps = steps ?? 0 },
        });
    }

    private static Recipe Checked(Recipe recipe)
    {
        recipe.Check();
        return recipe;
    }

    private static string DefaultFolder(string recipe) => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
        "descant",
        "training",
        Path.GetFileNameWithoutExtension(recipe));
}
