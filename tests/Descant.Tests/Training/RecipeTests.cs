using Descant.Datasets;
using Descant.Networks;
using Descant.Training;

namespace Descant.Tests.Training;

public sealed class RecipeTests
{
    [Fact]
    public void What_is_not_said_keeps_its_default_and_the_rest_is_read()
    {
        Recipe recipe = RecipeReader.Read("""
            network: tiny
            seed: 7
            batch: 3
            data:
              open-licences-only: true
              weights: { mir-1k/: 0.5, songs/: 2 }
              mir1k-split: customary
            mixing: { aligned: 1, lowest-vocal-db: -3.5 }
            optimizer: { kind: adam-w, learning-rate: 2e-4 }
            schedule: { kind: cosine, warm-up-steps: 50 }
            budget: { steps: 10 }
            """);
        Assert.Equal(("tiny", 7UL, 3), (recipe.Network, recipe.Seed, recipe.Batch));
        Assert.True(recipe.Data.OpenLicencesOnly);
        Assert.Equal(Descant.Datasets.Mir1kSplit.Customary, recipe.Data.Mir1kSplit);
        Assert.Equal((1.0, -3.5, 4.0), (recipe.Mixing.Aligned, recipe.Mixing.LowestVocalDb, recipe.Mixing.HighestVocalDb));
        Assert.Equal((OptimizerKind.AdamW, 2e-4), (recipe.Optimizer.Kind, recipe.Optimizer.LearningRate));
        Assert.Equal((ScheduleKind.Cosine, 50), (recipe.Schedule.Kind, recipe.Schedule.WarmUpSteps));
        Assert.Equal(0.5, recipe.Data.WeightOf("mir-1k/amy_1_01"));
        Assert.Equal(1, recipe.Data.WeightOf("vocals/pjs/x"));
        Assert.Equal(new ProductionRecipe(), recipe.Production);
    }

    [Theory]
    [InlineData("network: x\nbudget: { step: 10 }", "unknown key 'budget.step'; the nearest valid one is 'budget.steps'", "line 2")]
    [InlineData("network: x\noptimiser: { kind: adam }", "'optimiser'; the nearest valid one is 'optimizer'", "line 2")]
    [InlineData("network: x\nmixing:\n  alligned: 1", "'mixing.alligned'; the nearest valid one is 'mixing.aligned'", "line 3")]
    [InlineData("network: x\nbatch: many", "'batch' expects a whole number, got 'many'", "line 2")]
    [InlineData("network: x\noptimizer: { kind: adamm }", "expects one of adam, adamw, rmsprop, sgd, got 'adamm'", "line 2")]
    [InlineData("network: x\nbudget: 10", "'budget' expects keys with values", "line 2")]
    [InlineData("network: x\ndata: { open-licences-only: yes }", "expects true or false, got 'yes'", "line 2")]
    [InlineData("network: x\nbudget: { steps: 1 }\nmixing: { aligned: 1.5 }", "'mixing.aligned' expects a probability, 0 to 1, got 1.5", "recipe")]
    [InlineData("network: x", "'budget' expects steps, minutes or core-minutes, got none of them", "recipe")]
    [InlineData("budget: { steps: 1 }", "'network' expects", "recipe")]
    [InlineData("network: [x", "While parsing", "x.yaml, line")]
    public void A_mistake_is_told_with_its_place_and_its_remedy(string yaml, string expected, string place)
    {
        string message = Assert.Throws<InvalidDataException>(() => RecipeReader.Read(yaml, "x.yaml")).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Settings_of_the_network_and_rules_of_single_objectives_are_read()
    {
        Recipe recipe = RecipeReader.Read("""
            network: s4-unet
            options: { widths: [8, 16, 16, 16, 16], hop-length: 160, dropout: 0.25, resynthesis: griffin-lim }
            optimizer: { learning-rate: 1e-4 }
            optimizers:
              discriminators: { kind: sgd, learning-rate: 1e-2 }
            budget: { steps: 10 }
            data: { medley-db: { vocal-rule: seed, skip-bleed: true } }
            """);
        Assert.Equal(new DatasetOptions { VocalRule = VocalRule.Seed, SkipBleed = true }, recipe.Data.MedleyDb);
        MelUNetOptions options = Assert.IsType<MelUNetOptions>(NetworkCatalog.Find(recipe.Network).With(recipe.Options).Options);
        Assert.Equal([8, 16, 16, 16, 16], options.Widths);
        Assert.Equal((160, 0.25f, MelResynthesis.GriffinLim, 128), (options.HopLength, options.Dropout, options.Resynthesis, options.Bands));
        Assert.Equal((OptimizerKind.Sgd, 1e-2), (recipe.OptimizerOf("discriminators").Kind, recipe.OptimizerOf("discriminators").LearningRate));
        Assert.Equal(1e-4, recipe.OptimizerOf("generator").LearningRate);
    }

    [Theory]
    [InlineData("network: s4-unet\nbudget: { steps: 1 }\noptions: { hop-lenth: 64 }", "unknown key 'options.hop-lenth'; the nearest valid one is 'options.hop-length'", "line 3")]
    [InlineData("network: s4-unet\nbudget: { steps: 1 }\noptions: { hop-length: far }", "setting 'hop-length' expects another kind of value, got \"far\"", "line 3")]
    [InlineData("network: s4-unet\nbudget: { steps: 1 }\noptions:\n  resynthesis: loud", "expects one of masked-mixture, mixture-phase, mixture-then-griffin-lim, griffin-lim", "line 4")]
    [InlineData("network: x\nbudget: { steps: 1 }\noptimizers: { generator: { learning-rte: 1 } }", "'optimizers.generator.learning-rte'; the nearest valid one is 'optimizers.generator.learning-rate'", "line 3")]
    [InlineData("network: x\nbudget: { steps: 1 }\noptimizers: { generator: { learning-rate: 0 } }", "'optimizers.generator.learning-rate' expects more than 0", "recipe")]
    [InlineData("network: s4-unet\nbudget: { steps: 1 }\noptions: { widths: [] }", "setting 'widths' expects at least one value, got []", "line 3")]
    public void Mistakes_in_settings_are_told_with_their_place(string yaml, string expected, string place)
    {
        string message = Assert.Throws<InvalidDataException>(() => RecipeReader.Read(yaml, "x.yaml")).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(place, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("optimizer: { beta1: 1 }", "'optimizer.beta1' expects 0 to below 1, got 1")]
    [InlineData("optimizer: { beta1: -0.1 }", "'optimizer.beta1' expects 0 to below 1, got -0.1")]
    [InlineData("optimizer: { beta2: 1 }", "'optimizer.beta2' expects 0 to below 1, got 1")]
    [InlineData("optimizer: { epsilon: 0 }", "'optimizer.epsilon' expects more than 0, got 0")]
    [InlineData("optimizer: { weight-decay: -1e-4 }", "'optimizer.weight-decay' expects 0 or more, got -0.0001")]
    [InlineData("optimizer: { momentum: 1 }", "'optimizer.momentum' expects 0 to below 1, got 1")]
    [InlineData("optimizers: { generator: { beta2: 2 } }", "'optimizers.generator.beta2' expects 0 to below 1, got 2")]
    [InlineData("schedule: { factor: 1 }", "'schedule.factor' expects more than 0 and below 1, got 1")]
    [InlineData("schedule: { factor: 0 }", "'schedule.factor' expects more than 0 and below 1, got 0")]
    [InlineData("schedule: { patience: -1 }", "'schedule.patience' expects 0 or more, got -1")]
    [InlineData("schedule: { cooldown: -1 }", "'schedule.cooldown' expects 0 or more, got -1")]
    [InlineData("optimizers: { generator: { average: 0.9 } }", "'optimizers.generator.average' expects nothing: there is one average of all weights, optimizer.average, got 0.9")]
    [InlineData("mixing: { voice-attempts: 0 }", "'mixing.voice-attempts' expects at least 1, got 0")]
    [InlineData("schedule: { floor: 1 }", "'schedule.floor' expects 0 to below 1, a share of the highest rate, got 1")]
    [InlineData("schedule: { warm-up-steps: -1 }", "'schedule.warm-up-steps' expects 0 or more, got -1")]
    [InlineData("validation: { every-steps: -1 }", "'validation.every-steps' expects 0 or more, got -1")]
    [InlineData("validation: { every-minutes: -1 }", "'validation.every-minutes' expects 0 or more, got -1")]
    [InlineData("validation: { most-seconds: 0 }", "'validation.most-seconds' expects more than 0, got 0")]
    [InlineData("validation: { most-tracks-per-group: -1 }", "'validation.most-tracks-per-group' expects 0 or more, got -1")]
    public void Values_that_cannot_be_meant_are_refused(string line, string expected) => Assert.Equal(
        $"recipe: {expected}.", Assert.Throws<InvalidDataException>(() => RecipeReader.Read($"network: x\nbudget: {{ steps: 1 }}\n{line}")).Message);

    [Fact]
    public void Every_key_that_is_described_is_accepted_with_its_value()
    {
        Recipe recipe = RecipeReader.Read("network: s4-uh-net\nbudget: { steps: 7 }\noptions: { widths: [8, 16, 16, 16, 16] }\noptimizer: { kind: rms-prop }");
        string[] lines = [.. RecipeReader.Describe(recipe)];
        Assert.Contains("budget.steps: 7", lines);
        Assert.Contains("optimizer.kind: rms-prop", lines);
        Assert.Contains("options.widths: [8, 16, 16, 16, 16]", lines);
        Assert.Contains("mixing.random-levels: true", lines);
        string[] whole = ["network", "budget"]; // tested above; the others stand beside them
        foreach (string line in lines.Where(line => !line.EndsWith("names with values", StringComparison.Ordinal) && !whole.Contains(line.Split('.', ':')[0])))
        {
            string[] path = line[..line.IndexOf(':', StringComparison.Ordinal)].Split('.');
            string value = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..];
            string yaml = $"{string.Join(": { ", path)}:{value}{string.Concat(Enumerable.Repeat(" }", path.Length - 1))}";
            Assert.Contains(line, RecipeReader.Describe(RecipeReader.Read($"network: s4-uh-net\nbudget: {{ steps: 7 }}\n{yaml}")));
        }
    }

    [Fact]
    public void A_recipe_may_change_another()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["common.yaml"], "batch: 3\nmixing: { aligned: 0.5, pan: 0.1 }\nbudget: { minutes: 12 }");
        File.WriteAllText(folder["x.yaml"], "base: common.yaml\nnetwork: x\nmixing: { pan: 0.2 }");
        Recipe recipe = RecipeReader.ReadFile(folder["x.yaml"]);
        Assert.Equal(("x", 3, 0.5, 0.2, 12), (recipe.Network, recipe.Batch, recipe.Mixing.Aligned, recipe.Mixing.Pan, recipe.Budget.Minutes));

        File.WriteAllText(folder["common.yaml"], "batch: 3\nmixng: { aligned: 0.5 }");
        Assert.Contains("common.yaml, line 2: unknown key 'mixng'", Assert.Throws<InvalidDataException>(() => RecipeReader.ReadFile(folder["x.yaml"])).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["x.yaml"], "network: x\nbase: x.yaml");
        Assert.Contains("line 2: 'base' expects another recipe's file", Assert.Throws<InvalidDataException>(() => RecipeReader.ReadFile(folder["x.yaml"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_changes_single_settings_weights_and_rules_of_its_base()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["common.yaml"], """
            network: s4-unet
            options: { widths: [8, 16, 16, 16, 16], hop-length: 160 }
            data: { weights: { mir-1k/: 0.5, songs/: 2 } }
            optimizers: { generator: { kind: sgd, learning-rate: 1e-2 } }
            budget: { steps: 1 }
            """);
        File.WriteAllText(folder["x.yaml"], """
            base: common.yaml
            options: { hop-length: 320 }
            data: { weights: { songs/: 3, midi/: 1 } }
            optimizers: { generator: { learning-rate: 1e-3 }, discriminators: { kind: adam-w } }
            """);
        Recipe recipe = RecipeReader.ReadFile(folder["x.yaml"]);
        MelUNetOptions options = Assert.IsType<MelUNetOptions>(NetworkCatalog.Find(recipe.Network).With(recipe.Options).Options);
        Assert.Equal([8, 16, 16, 16, 16], options.Widths);
        Assert.Equal(320, options.HopLength);
        Assert.Equal([("midi/", 1), ("mir-1k/", 0.5), ("songs/", 3)], recipe.Data.Weights.Select(pair => (pair.Key, pair.Value)).Order());
        Assert.Equal((OptimizerKind.Sgd, 1e-3), (recipe.OptimizerOf("generator").Kind, recipe.OptimizerOf("generator").LearningRate));
        Assert.Equal(OptimizerKind.AdamW, recipe.OptimizerOf("discriminators").Kind);
    }

    [Fact]
    public void What_is_written_is_read_back_the_same()
    {
        string[] paths = [.. RecipeLibrary.List().Where(recipe => recipe.Key != "budget/common").Select(recipe => recipe.Value)];
        Assert.All(paths, path =>
        {
            Recipe recipe = RecipeReader.ReadFile(path) with { Seed = 99 };
            string text = RecipeWriter.Write(recipe);
            Recipe again = RecipeReader.Read(text);
            Assert.Equal(RecipeReader.Describe(recipe), RecipeReader.Describe(again));
            Assert.Equal(recipe.Options.ToJsonString(), again.Options.ToJsonString());
            Assert.Equal(recipe.Data.Weights, again.Data.Weights);
            Assert.Equal(recipe.Optimizers, again.Optimizers);
            Assert.DoesNotContain("base:", text, StringComparison.Ordinal);
            Assert.Contains("seed: 99", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_recipe_of_the_open_model_hears_open_recordings_only() =>
        Assert.True(RecipeReader.ReadFile(RecipeLibrary.Find("vocals-open")).Data.OpenLicencesOnly);

    [Fact]
    public void Every_recipe_that_is_shipped_can_be_read()
    {
        string[] recipes = [.. RecipeLibrary.List().Where(recipe => recipe.Key != "budget/common").Select(recipe => recipe.Value)];
        Assert.NotEmpty(recipes);
        Assert.All(recipes, path =>
        {
            Recipe recipe = RecipeReader.ReadFile(path);
            NetworkCatalog.Find(recipe.Network).With(recipe.Options);
        });
    }
}
