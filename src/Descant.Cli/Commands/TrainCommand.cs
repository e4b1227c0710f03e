using System.CommandLine;
using Descant.Datasets;
using Descant.Models;
using Descant.Networks;
using Descant.Tensors;
using Descant.Training;

namespace Descant.Cli.Commands;

/// <summary>Trains a network by a recipe; goes on from the last checkpoint where there is one.</summary>
internal sealed class TrainCommand : Command
{
    private readonly Argument<string> _recipe = new("recipe") { Description = "Recipe in YAML; recipes/ holds those that come with Descant." };

    private readonly Option<string[]> _data = new("--data")
    {
        Description = "Folder of training data, raw or prepared; may be given several times.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _out = new("--out", "-o")
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
    private readonly Option<string?> _from = new("--from") { Description = "Model whose weights to begin with, where there is no checkpoint yet." };

    public TrainCommand()
        : base("train", "Train a network by a recipe. A run that was stopped or killed goes on from its last checkpoint.")
    {
        Add(_recipe);
        Add(_data);
        Add(_out);
        Add(_cache);
        Add(_minutes);
        Add(_steps);
        Add(_threads);
        Add(_from);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        string path = parsed.GetRequiredValue(_recipe);
        Recipe recipe = Budgeted(RecipeReader.ReadFile(path), parsed.GetValue(_minutes), parsed.GetValue(_steps));
        NetworkPreset preset = NetworkCatalog.Find(recipe.Network);
        using Engine engine = new(parsed.GetValue(_threads));
        Network network = preset.Build(engine, (int)(recipe.Seed % int.MaxValue));
        IReadOnlyList<Track> tracks = Mir1k.SplitAs(
            [.. parsed.GetRequiredValue(_data).SelectMany(DatasetCatalog.Read)], recipe.Data.Mir1kSplit);

        using AudioCache cache = new(parsed.GetRequiredValue(_cache), network.SampleRate);
        DecodeProgress.Fill(
            cache, tracks.Where(track => track.Split != Split.Evaluation), Environment.ProcessorCount, output, cancellation);
        TrainingMaterial material = new(tracks, network.Sources, cache, recipe.Data);
        Validator validator = new(tracks, network.Sources, cache, recipe.Validation);
        TrainingFolder folder = new(
            parsed.GetValue(_out) ?? DefaultFolder(path),
            new Dictionary<string, string>(ModelFile.Describe(preset)) { ["descant.recipe"] = File.ReadAllText(path) });
        if (parsed.GetValue(_from) is { } model && !folder.HasCheckpoint)
        {
            ModelFile.LoadInto(network, model);
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

    private static Recipe Budgeted(Recipe recipe, double? minutes, long? steps)
    {
        if (minutes is null && steps is null)
        {
            return recipe;
        }

        Recipe budgeted = recipe with { Budget = new BudgetRecipe { Minutes = minutes ?? 0, Steps = steps ?? 0 } };
        budgeted.Check();
        return budgeted;
    }

    private static string DefaultFolder(string recipe) => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
        "descant",
        "training",
        Path.GetFileNameWithoutExtension(recipe));
}
