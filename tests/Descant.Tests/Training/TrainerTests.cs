using System.Text.Json.Nodes;
using Descant.Datasets;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;
using Descant.Training;

namespace Descant.Tests.Training;

public sealed class TrainerTests
{
    private static readonly string[] Sources = [SourceNames.Vocals, SourceNames.Accompaniment];

    private static readonly Recipe Short = new()
    {
        Network = "tiny",
        Batch = 4,
        Seed = 11,
        CheckpointMinutes = 60,
        Budget = new BudgetRecipe { Steps = 24 },
        Schedule = new ScheduleRecipe { Kind = ScheduleKind.Cosine, WarmUpSteps = 4 },
        Optimizer = new OptimizerRecipe { ClipNorm = 0.5, Average = 0.9 },
        Validation = new ValidationRecipe { EverySteps = 8, EveryMinutes = 0 },
        Data = new DataRecipe { Workers = 2 },
    };

    [Fact]
    public void A_run_that_was_cut_off_and_resumed_ends_with_the_same_bits_as_one_that_was_not()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        string whole = Path.Combine(corpus.Root, "whole"), cut = Path.Combine(corpus.Root, "cut");
        Assert.Equal(TrainingOutcome.Finished, Train(corpus, tracks, Short, whole));

        // Stopped in the middle by the user, then a process that dies without a word: its last checkpoint stands.
        using (CancellationTokenSource stop = new())
        {
            Assert.Equal(TrainingOutcome.Stopped, Train(corpus, tracks, Short, cut, progress => stop.Cancel(), cancellation: stop.Token));
        }

        string checkpoint = Path.Combine(cut, "checkpoint.safetensors");
        using (SafetensorsFile file = SafetensorsFile.Open(checkpoint))
        {
            Assert.Equal("8", file.Metadata["step"]);
        }

        byte[] saved = File.ReadAllBytes(checkpoint);
        Train(corpus, tracks, Short with { Budget = new BudgetRecipe { Steps = 24 } }, cut);
        File.WriteAllBytes(checkpoint, saved); // as if everything after that checkpoint had been lost
        File.Delete(Path.Combine(cut, "model.safetensors"));
        Assert.Equal(TrainingOutcome.Finished, Train(corpus, tracks, Short, cut));

        AssertSame(Path.Combine(whole, "model.safetensors"), Path.Combine(cut, "model.safetensors"));
        AssertSame(Path.Combine(whole, "checkpoint.safetensors"), checkpoint);
        AssertSame(Path.Combine(whole, "best.safetensors"), Path.Combine(cut, "best.safetensors"));
    }

    [Fact]
    public void A_run_that_was_stopped_in_a_validation_makes_up_for_it()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        Recipe recipe = Short with { Schedule = new ScheduleRecipe { Kind = ScheduleKind.Plateau, Patience = 0, Factor = 0.5 } };
        string whole = Path.Combine(corpus.Root, "whole"), cut = Path.Combine(corpus.Root, "cut");
        List<(long, double)> expected = [], resumed = [];
        Assert.Equal(TrainingOutcome.Finished, Train(corpus, tracks, recipe, whole, progress => Collect(expected, progress)));
        using (CancellationTokenSource stop = new())
        {
            Assert.Equal(TrainingOutcome.Stopped, Train(corpus, tracks, recipe, cut, validating: stop.Cancel, cancellation: stop.Token));
        }

        Assert.Equal(TrainingOutcome.Finished, Train(corpus, tracks, recipe, cut, progress => Collect(resumed, progress)));
        Assert.Equal(expected, resumed);
        AssertSame(Path.Combine(whole, "model.safetensors"), Path.Combine(cut, "model.safetensors"));
        AssertSame(Path.Combine(whole, "best.safetensors"), Path.Combine(cut, "best.safetensors"));

        static void Collect(List<(long, double)> scores, TrainingProgress progress)
        {
            if (progress.Validation is { } score)
            {
                scores.Add((progress.Step, score.Sdr));
            }
        }
    }

    [Fact]
    public void Minutes_to_the_next_validation_count_on_when_a_run_is_resumed()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        Recipe recipe = Short with { Validation = new ValidationRecipe { EveryMinutes = 10 } };
        string folder = Path.Combine(corpus.Root, "out");
        using (CancellationTokenSource stop = new())
        {
            stop.Cancel();
            Assert.Equal(TrainingOutcome.Stopped, Train(corpus, tracks, recipe, folder, cancellation: stop.Token));
        }

        // As if the next validation had been due in a millisecond when the run was cut off.
        Rewrite(Path.Combine(folder, "checkpoint.safetensors"), ("seconds", "1800"), ("validated-seconds", "1200.001"));
        List<long> validated = [];
        Train(corpus, tracks, recipe, folder, progress => validated.AddRange(progress.Validation is null ? [] : [progress.Step]));
        Assert.Equal(2, validated.Count);
        Assert.InRange(validated[0], 1, 23);
        Assert.Equal(24, validated[1]);
    }

    [Fact]
    public void A_run_that_was_stopped_in_its_last_validation_writes_its_model_when_it_goes_on()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        Recipe recipe = Short with { Validation = new ValidationRecipe { EveryMinutes = 0 } }; // at the end alone
        string whole = Path.Combine(corpus.Root, "whole"), cut = Path.Combine(corpus.Root, "cut");
        Train(corpus, tracks, recipe, whole);
        using (CancellationTokenSource stop = new())
        {
            Assert.Equal(TrainingOutcome.Stopped, Train(corpus, tracks, recipe, cut, validating: stop.Cancel, cancellation: stop.Token));
        }

        Assert.False(File.Exists(Path.Combine(cut, "model.safetensors")));
        Assert.Equal(TrainingOutcome.Finished, Train(corpus, tracks, recipe, cut));
        AssertSame(Path.Combine(whole, "model.safetensors"), Path.Combine(cut, "model.safetensors"));
    }

    [Fact]
    public void A_folder_takes_one_training_at_a_time_and_clears_what_a_killed_one_left()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        string folder = Path.Combine(corpus.Root, "out");
        Directory.CreateDirectory(folder);
        string leftover = Path.Combine(folder, ".descant-0123.part");
        File.WriteAllText(leftover, "half of a checkpoint");
        using (new TrainingFolder(folder).Hold())
        {
            string message = Assert.Throws<InvalidDataException>(() => Train(corpus, tracks, Short, folder)).Message;
            Assert.Contains("another training works in this folder", message, StringComparison.Ordinal);
            Assert.Contains("--out", message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(leftover));
        Assert.Equal(TrainingOutcome.Finished, Train(corpus, tracks, Short, folder));
    }

    [Fact]
    public void Two_writers_of_one_file_leave_it_whole()
    {
        using TemporaryFolder folder = new();
        string path = folder["x.safetensors"];
        IReadOnlyList<int> shape = [2];
        using SafetensorsWriter first = new(path, [("x", shape)]);
        using SafetensorsWriter second = new(path, [("x", shape)]);
        first.Write("x", [1, 2]);
        first.Complete();
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            Assert.Equal([1, 2], file.Read("x"));
        }

        second.Write("x", [3, 4]);
        second.Complete();
        using SafetensorsFile last = SafetensorsFile.Open(path);
        Assert.Equal([3, 4], last.Read("x"));
    }

    [Fact]
    public void A_checkpoint_of_another_recipe_is_refused_unless_only_the_budget_and_the_like_differ()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        Recipe recipe = Short with { Network = "s0-tiny" }; // a name that a recipe's text is checked with; what trains is the tiny network
        string folder = Path.Combine(corpus.Root, "out");
        TrainingOutcome Run(Recipe changed)
        {
            using Engine engine = new(threads: 1);
            TrainingFolder files = new(folder, new Dictionary<string, string> { ["descant.recipe"] = RecipeWriter.Write(changed) });
            return new Trainer(new TinyNetwork(new Initializer(engine, 1)), engine, changed, new TrainingMaterial(tracks, Sources, corpus.Cache, changed.Data), null, files).Run();
        }

        Assert.Equal(TrainingOutcome.Finished, Run(recipe));
        Assert.Equal(TrainingOutcome.Finished, Run(recipe with { Budget = new BudgetRecipe { Steps = 26 }, Data = new DataRecipe { Workers = 1 }, CheckpointMinutes = 3 }));
        string rate = Assert.Throws<InvalidDataException>(() => Run(recipe with { Optimizer = recipe.Optimizer with { LearningRate = 0.1 } })).Message;
        Assert.Contains("'optimizer.learning-rate: 0.001' there, 'optimizer.learning-rate: 0.1' here", rate, StringComparison.Ordinal);
        string weights = Assert.Throws<InvalidDataException>(() => Run(recipe with { Data = new DataRecipe { Weights = new Dictionary<string, double> { ["songs/"] = 2 } } })).Message;
        Assert.Contains("data.weights differ", weights, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("step", "abc")]
    [InlineData("step", "-5")]
    [InlineData("step", "99999999999999999999")]
    [InlineData("seconds", "NaN")]
    [InlineData("seconds", "1e400")]
    [InlineData("validated-seconds", "-1")]
    [InlineData("best-sdr", "")]
    [InlineData("schedule", "x y")]
    public void A_damaged_checkpoint_is_refused_with_its_path_and_what_is_wrong(string key, string value)
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        string folder = Path.Combine(corpus.Root, "out"), checkpoint = Path.Combine(folder, "checkpoint.safetensors");
        Train(corpus, tracks, Short with { Budget = new BudgetRecipe { Steps = 1 } }, folder);
        Rewrite(checkpoint, (key, value));
        string message = Assert.Throws<InvalidDataException>(() => Train(corpus, tracks, Short, folder)).Message;
        Assert.Contains($"'{checkpoint}': '{key}' expects a number, got '{value}'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScheduleKind.Step, 0, new[] { 1, 0.5, 0.25 })] // PyTorch's StepLR(step_size=1, gamma=0.5)
    [InlineData(ScheduleKind.Constant, 4, new[] { 0.25, 0.5, 0.75 })]
    [InlineData(ScheduleKind.Cosine, 0, new[] { 1, 0.75, 0.25 })] // (1 + cos(πn/3)) / 2
    public void The_first_update_takes_the_schedule_s_first_rate(ScheduleKind kind, int warmUpSteps, double[] shares)
    {
        using SmallCorpus corpus = new();
        Recipe recipe = Short with
        {
            Budget = new BudgetRecipe { Steps = shares.Length },
            Schedule = new ScheduleRecipe { Kind = kind, Every = 1, Factor = 0.5, WarmUpSteps = warmUpSteps },
            Validation = new ValidationRecipe { EverySteps = 1, EveryMinutes = 0 },
        };
        List<double> rates = [];
        Train(corpus, corpus.Standard(), recipe, Path.Combine(corpus.Root, "out"), progress => rates.Add(progress.LearningRate / recipe.Optimizer.LearningRate));
        Assert.Equal(shares.Length, rates.Count);
        Assert.All(shares.Zip(rates), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void A_plateau_without_validation_tracks_is_refused()
    {
        using SmallCorpus corpus = new();
        Recipe recipe = Short with { Schedule = new ScheduleRecipe { Kind = ScheduleKind.Plateau } };
        using Engine engine = new(threads: 1);
        TrainingMaterial material = new(corpus.Standard(), Sources, corpus.Cache, recipe.Data);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new Trainer(
            new TinyNetwork(new Initializer(engine, 1)), engine, recipe, material, validator: null, new TrainingFolder(Path.Combine(corpus.Root, "out"))));
        Assert.Contains("plateau", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Running_statistics_stay_finite_when_a_batch_overflows()
    {
        using Engine engine = new(threads: 1);
        BatchNorm norm = new(2, new Initializer(engine, 1));
        using (Engine scope = engine.Scope())
        {
            GradientTape tape = scope.Record();
            norm.Forward(scope.Tensor([1, float.PositiveInfinity, 3, 2], 2, 2).On(tape));
        }

        Assert.Equal([0.2f, 0], norm.RunningMean.ToArray()); // of 1 and 3; the other channel keeps what it had
        Assert.Equal(1, norm.RunningVariance.ToArray()[1]);
    }

    [Fact]
    public void Adversaries_keep_an_optimiser_each_and_resume_to_the_same_bits()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        NetworkPreset preset = NetworkCatalog.Find("semi-supervised-tiny").With(new JsonObject { ["sample-rate"] = SmallCorpus.Rate });
        string Run(string name, params int[] stops)
        {
            TrainingFolder folder = new(Path.Combine(corpus.Root, name));
            foreach (int steps in stops)
            {
                using Engine engine = new(threads: 2);
                Recipe recipe = Short with
                {
                    Network = preset.Name,
                    Schedule = new ScheduleRecipe(),
                    Budget = new BudgetRecipe { Steps = steps },
                    Optimizers = new Dictionary<string, OptimizerRecipe> { ["discriminators"] = new() { Kind = OptimizerKind.RmsProp, LearningRate = 1e-4 } },
                };
                Network network = preset.Build(engine, 5);
                new Trainer(network, engine, recipe, new TrainingMaterial(tracks, Sources, corpus.Cache, recipe.Data), null, folder).Run();
            }

            return folder.PathOf("checkpoint");
        }

        string whole = Run("whole", 6), resumed = Run("resumed", 2, 6);
        AssertSame(whole, resumed);
        using SafetensorsFile file = SafetensorsFile.Open(whole);
        Assert.Contains(file.Entries, entry => entry.Name == "optimizer/discriminators/mixtures.scale.0.head.weight.square_avg");   // RMSprop's
        Assert.Contains(file.Entries, entry => entry.Name == "optimizer/generator/generator.head.conv.weight.exp_avg");              // Adam's
        Assert.DoesNotContain(file.Entries, entry => entry.Name.StartsWith("optimizer/generator/mixtures.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_rule_for_an_objective_that_the_network_does_not_have_is_refused()
    {
        using SmallCorpus corpus = new();
        Recipe recipe = Short with { Optimizers = new Dictionary<string, OptimizerRecipe> { ["generator"] = new() } };
        string message = Assert.Throws<InvalidDataException>(() => Train(corpus, corpus.Standard(), recipe, Path.Combine(corpus.Root, "out"))).Message;
        Assert.Contains("expects the objectives of tiny, network; got 'generator'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_loader_threads_changes_nothing()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        string one = Path.Combine(corpus.Root, "one"), three = Path.Combine(corpus.Root, "three");
        Train(corpus, tracks, Short with { Data = new DataRecipe { Workers = 1 } }, one);
        Train(corpus, tracks, Short with { Data = new DataRecipe { Workers = 3 } }, three);
        AssertSame(Path.Combine(one, "checkpoint.safetensors"), Path.Combine(three, "checkpoint.safetensors"));
    }

    [Fact]
    public void One_second_of_a_song_is_learned_by_heart()
    {
        using SmallCorpus corpus = new();
        corpus.Write("songs/Sodium/vocals.wav", 1, 437);
        corpus.Write("songs/Sodium/drums.wav", 1, 1211);
        IReadOnlyList<Track> tracks = DatasetCatalog.Read(corpus.Root);
        Recipe recipe = new()
        {
            Network = "tiny",
            Batch = 8,
            Budget = new BudgetRecipe { Steps = 400 },
            Mixing = MixingRecipe.AsRecorded,
            Production = ProductionRecipe.None,
            Optimizer = new OptimizerRecipe { LearningRate = 3e-3, Average = 0.9 },
            Schedule = new ScheduleRecipe { Kind = ScheduleKind.Cosine },
        };
        using Engine engine = new(threads: 1);
        TinyNetwork network = new(new Initializer(engine, 1), dropout: 0);
        TrainingMaterial material = new(tracks, Sources, corpus.Cache, recipe.Data);
        string folder = Path.Combine(corpus.Root, "out");
        Trainer trainer = new(network, engine, recipe with { Budget = new BudgetRecipe { Steps = 1 } }, material, null, new TrainingFolder(folder));
        double first = double.NaN, last = double.NaN;
        trainer.Run(progress => first = progress.Loss);
        Trainer further = new(network, engine, recipe, material, null, new TrainingFolder(folder));
        further.Run(progress => last = progress.Loss);

        // The mean over all 400 steps bounds the end from above; a tenth of the loss at step 0 is the bar.
        Assert.True(last < first, $"{last} is not below {first}");
        ValidationScore score = new Validator(
            [.. tracks.Select(track => track with { Split = Split.Validation })], Sources, corpus.Cache, new ValidationRecipe()).Score(Loaded(folder, engine), engine);
        Assert.True(score.Sdr > 20, score.ToString()); // 20 dB: an error of a tenth
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_refused_with_its_path()
    {
        using SmallCorpus corpus = new();
        IReadOnlyList<Track> tracks = corpus.Standard();
        string folder = Path.Combine(corpus.Root, "out");
        Train(corpus, tracks, Short with { Budget = new BudgetRecipe { Steps = 1 } }, folder);
        using Engine engine = new(threads: 1);
        TrainingMaterial material = new(tracks, Sources, corpus.Cache, Short.Data);
        TinyNetwork wider = new(new Initializer(engine, 1), width: 128);
        string message = Assert.Throws<InvalidDataException>(
            () => new Trainer(wider, engine, Short, material, null, new TrainingFolder(folder))).Message;
        Assert.Contains("checkpoint.safetensors", message, StringComparison.Ordinal);
        Assert.Contains("--out", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.01, 0)]
    [InlineData(0, 0.01)]
    public void A_budget_in_minutes_or_core_minutes_ends_by_the_clock(double minutes, double coreMinutes)
    {
        using SmallCorpus corpus = new();
        Recipe recipe = Short with { Budget = new BudgetRecipe { Minutes = minutes, CoreMinutes = coreMinutes } }; // 0.6 s
        Assert.Equal(TrainingOutcome.Finished, Train(corpus, corpus.Standard(), recipe, Path.Combine(corpus.Root, "out")));
    }

    [Fact]
    public void A_report_without_a_step_since_the_last_one_tells_no_loss()
    {
        TrainingProgress progress = new(7, double.NaN, 1e-3, 0.5, 0, 0, TimeSpan.FromSeconds(34), TimeSpan.Zero, new ValidationScore(1, [], double.NaN));
        Assert.StartsWith("step 7  0:00:34 done, 0:00:00 left", progress.ToString(), StringComparison.Ordinal);
        Assert.Contains("step 7  loss 0.25000  2.00 steps/s", (progress with { Loss = 0.25, StepsPerSecond = 2 }).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_median_of_frames_leaves_out_those_that_are_nearly_silent()
    {
        const int Rate = 1000;
        StereoBuffer reference = new(1, 5 * Rate), estimate = new(1, 5 * Rate);
        reference[0][..(3 * Rate)].Fill(0.5f);
        reference[0].Slice(3 * Rate, Rate).Fill(1e-4f); // 74 dB below
        float[] errors = [0.05f, 0.005f, 0.1f]; // 20, 40 and 14 dB
        for (int frame = 0; frame < 5; frame++)
        {
            for (int i = 0; i < Rate; i++)
            {
                estimate[0][(frame * Rate) + i] = reference[0][(frame * Rate) + i] + (frame < 3 ? errors[frame] : 0.3f);
            }
        }

        Assert.Equal(20, Validator.MedianSdr(reference, estimate, Rate), 1e-3);
    }

    /// <summary>Gives a checkpoint other facts.</summary>
    private static void Rewrite(string checkpoint, params (string Key, string Value)[] facts)
    {
        using SafetensorsFile file = SafetensorsFile.Open(checkpoint);
        Dictionary<string, string> metadata = new(file.Metadata);
        foreach ((string key, string value) in facts)
        {
            metadata[key] = value;
        }

        using SafetensorsWriter writer = new(checkpoint, file.Entries.Select(entry => (entry.Name, entry.Shape)), metadata);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            writer.Write(entry.Name, file.Read(entry.Name));
        }

        writer.Complete();
    }

    private static TinyNetwork Loaded(string folder, Engine engine)
    {
        TinyNetwork network = new(new Initializer(engine, 99));
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        Assert.Equal("tiny", file.Metadata["descant.network"]);
        foreach (Parameter parameter in network.Parameters)
        {
            parameter.Value.Assign(file.Read(parameter.Name));
        }

        return network;
    }

    private static TrainingOutcome Train(
        SmallCorpus corpus, IReadOnlyList<Track> tracks, Recipe recipe, string folder,
        Action<TrainingProgress>? report = null, Action? validating = null, CancellationToken cancellation = default)
    {
        using Engine engine = new(threads: 2);
        TinyNetwork network = new(new Initializer(engine, (int)recipe.Seed)) { Separating = validating };
        TrainingMaterial material = new(tracks, Sources, corpus.Cache, recipe.Data);
        Validator validator = new(tracks, Sources, corpus.Cache, recipe.Validation);
        Trainer trainer = new(network, engine, recipe, material, validator, new TrainingFolder(folder));
        return trainer.Run(report, cancellation);
    }

    private static void AssertSame(string expected, string actual)
    {
        using SafetensorsFile a = SafetensorsFile.Open(expected), b = SafetensorsFile.Open(actual);
        Assert.Equal(a.Entries.Select(entry => entry.Name), b.Entries.Select(entry => entry.Name));
        foreach (SafetensorsEntry entry in a.Entries)
        {
            Assert.True(a.Read(entry.Name).AsSpan().SequenceEqual(b.Read(entry.Name)), $"{entry.Name} of {actual}");
        }
    }
}
