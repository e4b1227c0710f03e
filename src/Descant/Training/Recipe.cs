using System.Text.Json.Nodes;

namespace Descant.Training;

/// <summary>Everything that decides what a training does, apart from where its data lies. Read from YAML by <see cref="RecipeReader"/>.</summary>
public sealed record Recipe
{
    /// <summary>Network preset to train, by its name in the catalogue.</summary>
    public string Network { get; init; } = string.Empty;

    /// <summary>Decides the first weights, the examples and what dropout drops.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Examples in a batch.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Length of an example in seconds; 0 takes the network's own.</summary>
    public double ExcerptSeconds { get; init; }

    /// <summary>Minutes between two checkpoints.</summary>
    public double CheckpointMinutes { get; init; } = 5;

    /// <summary>Which recordings.</summary>
    public DataRecipe Data { get; init; } = new();

    /// <summary>How they are mixed.</summary>
    public MixingRecipe Mixing { get; init; } = new();

    /// <summary>How voices are produced.</summary>
    public ProductionRecipe Production { get; init; } = new();

    /// <summary>The network's own settings, by their names in its options: what is said replaces what the preset says.</summary>
    public JsonObject Options { get; init; } = [];

    /// <summary>The update rule.</summary>
    public OptimizerRecipe Optimizer { get; init; } = new();

    /// <summary>The update rules of single objectives of networks that have several (adversaries), by their names; the others follow <see cref="Optimizer"/>.</summary>
    public IReadOnlyDictionary<string, OptimizerRecipe> Optimizers { get; init; } = new Dictionary<string, OptimizerRecipe>();

    /// <summary>The learning rate over time.</summary>
    public ScheduleRecipe Schedule { get; init; } = new();

    /// <summary>When it is over.</summary>
    public BudgetRecipe Budget { get; init; } = new();

    /// <summary>How it is validated.</summary>
    public ValidationRecipe Validation { get; init; } = new();

    /// <summary>Refuses settings that cannot be meant.</summary>
    /// <exception cref="InvalidDataException">Names the key, what it expects and what it got.</exception>
    public void Check()
    {
        Require(Network.Length > 0, "network", "the name of a network (descant networks lists them)", "nothing");
        Require(Batch > 0, "batch", "at least 1", Batch);
        Require(ExcerptSeconds >= 0, "excerpt-seconds", "0 or more", ExcerptSeconds);
        Require(CheckpointMinutes > 0, "checkpoint-minutes", "more than 0", CheckpointMinutes);
        Require(Budget.Steps >= 0 && Budget.Minutes >= 0 && Budget.CoreMinutes >= 0, "budget", "steps and minutes of 0 or more", Budget);
        Require(Budget.Steps > 0 || Budget.Minutes > 0 || Budget.CoreMinutes > 0, "budget", "steps, minutes or core-minutes", "none of them");
        Require(Data.Workers > 0, "data.workers", "at least 1", Data.Workers);
        Require(
            !Data.RecordedMixtures || Mixing.Aligned == 0
            || ((!Mixing.RandomLevels || Mixing.AlignedKeepLevels) && Mixing.LowestGain == 1 && Mixing.HighestGain == 1 && Mixing.Master == 0 && Production.Probability == 0),
            "data.recorded-mixtures",
            "aligned songs as they were recorded: random-levels false, gains of 1, master and production.probability 0",
            "something that changes their stems alone");
        Require(Optimizer.Average is >= 0 and < 1, "optimizer.average", "0 to below 1", Optimizer.Average);
        foreach ((string name, OptimizerRecipe rule) in Optimizers)
        {
            Require(rule.Average == 0, $"optimizers.{name}.average", "nothing: there is one average of all weights, optimizer.average", rule.Average);
        }

        foreach ((string key, OptimizerRecipe rule) in Optimizers.Select(pair => ("optimizers." + pair.Key, pair.Value)).Prepend(("optimizer", Optimizer)))
        {
            Require(rule.LearningRate > 0, key + ".learning-rate", "more than 0", rule.LearningRate);
            Require(rule.Beta1 is >= 0 and < 1, key + ".beta1", "0 to below 1", rule.Beta1);
            Require(rule.Beta2 is >= 0 and < 1, key + ".beta2", "0 to below 1", rule.Beta2);
            Require(rule.Epsilon > 0, key + ".epsilon", "more than 0", rule.Epsilon);
            Require(rule.WeightDecay >= 0, key + ".weight-decay", "0 or more", rule.WeightDecay);
            Require(rule.Momentum is >= 0 and < 1, key + ".momentum", "0 to below 1", rule.Momentum);
            Require(rule.ClipNorm >= 0, key + ".clip-norm", "0 or more", rule.ClipNorm);
        }

        Require(Schedule.WarmUpSteps >= 0, "schedule.warm-up-steps", "0 or more", Schedule.WarmUpSteps);
        Require(Schedule.Floor is >= 0 and < 1, "schedule.floor", "0 to below 1, a share of the highest rate", Schedule.Floor);
        Require(Schedule.Every > 0, "schedule.every", "at least 1", Schedule.Every);
        Require(Schedule.Factor is > 0 and < 1, "schedule.factor", "more than 0 and below 1", Schedule.Factor);
        Require(Schedule.Patience >= 0, "schedule.patience", "0 or more", Schedule.Patience);
        Require(Schedule.Cooldown >= 0, "schedule.cooldown", "0 or more", Schedule.Cooldown);
        Require(Validation.EverySteps >= 0, "validation.every-steps", "0 or more", Validation.EverySteps);
        Require(Validation.EveryMinutes >= 0, "validation.every-minutes", "0 or more", Validation.EveryMinutes);
        Require(Validation.MostSeconds > 0, "validation.most-seconds", "more than 0", Validation.MostSeconds);
        Require(Validation.MostTracksPerGroup >= 0, "validation.most-tracks-per-group", "0 or more", Validation.MostTracksPerGroup);
        Require(Mixing.LowestVocalDb <= Mixing.HighestVocalDb, "mixing.lowest-vocal-db", "at most highest-vocal-db", Mixing.LowestVocalDb);
        Require(
            Mixing.LowestLevel > 0 && Mixing.LowestLevel <= Mixing.HighestLevel, "mixing.lowest-level", "more than 0 and at most highest-level", Mixing.LowestLevel);
        Require(
            Mixing.LargestSpeedChange is >= 0 and <= 0.25, "mixing.largest-speed-change", "0 to 0.25", Mixing.LargestSpeedChange);
        Require(Mixing.LowestGain > 0 && Mixing.LowestGain <= Mixing.HighestGain, "mixing.lowest-gain", "more than 0 and at most highest-gain", Mixing.LowestGain);
        Require(Mixing.VoiceAttempts > 0, "mixing.voice-attempts", "at least 1", Mixing.VoiceAttempts);
        Require(Mixing.MostSemitones is >= 0 and <= 12, "mixing.most-semitones", "0 to 12", Mixing.MostSemitones);
        Require(Mixing.LargestTempoChange is >= 0 and <= 0.5, "mixing.largest-tempo-change", "0 to 0.5", Mixing.LargestTempoChange);
        foreach ((string key, double value) in Probabilities())
        {
            Require(value is >= 0 and <= 1, key, "a probability, 0 to 1", value);
        }
    }

    /// <summary>The update rule of an objective.</summary>
    internal OptimizerRecipe OptimizerOf(string objective) => Optimizers.GetValueOrDefault(objective) ?? Optimizer;

    /// <summary>Refuses rules for objectives that the network does not have.</summary>
    /// <exception cref="InvalidDataException">Names those it has.</exception>
    internal void CheckObjectives(IReadOnlyList<string> names)
    {
        if (Optimizers.Keys.FirstOrDefault(key => !names.Contains(key)) is { } unknown)
        {
            throw new InvalidDataException($"recipe: 'optimizers' expects the objectives of {Network}, {string.Join(", ", names)}; got '{unknown}'.");
        }
    }

    private IEnumerable<(string Key, double Value)> Probabilities() =>
    [
        ("mixing.aligned", Mixing.Aligned),
        ("mixing.second-voice", Mixing.SecondVoice),
        ("mixing.second-band", Mixing.SecondBand),
        ("mixing.without-vocals", Mixing.WithoutVocals),
        ("mixing.vocals-alone", Mixing.VocalsAlone),
        ("mixing.channel-swap", Mixing.ChannelSwap),
        ("mixing.speed-change", Mixing.SpeedChange),
        ("mixing.pitch-change", Mixing.PitchChange),
        ("mixing.tempo-change", Mixing.TempoChange),
        ("mixing.width", Mixing.Width),
        ("mixing.pan", Mixing.Pan),
        ("mixing.band-equalizer", Mixing.BandEqualizer),
        ("mixing.master", Mixing.Master),
        ("production.probability", Production.Probability),
        ("production.equalizer", Production.Equalizer),
        ("production.compression", Production.Compression),
        ("production.saturation", Production.Saturation),
        ("production.doubling", Production.Doubling),
        ("production.echo", Production.Echo),
        ("production.reverberation", Production.Reverberation),
    ];

    private static void Require(bool holds, string key, string expected, object got)
    {
        if (!holds)
        {
            throw new InvalidDataException($"recipe: '{key}' expects {expected}, got {got}.");
        }
    }
}
