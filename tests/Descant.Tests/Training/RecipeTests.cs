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
    [InlineData("network: x", "'budget' expects steps or minutes, got neither", "recipe")]
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
    public void Every_recipe_that_is_shipped_can_be_read()
    {
        string[] recipes = Directory.GetFiles(Path.Combine(Checkout.Root, "recipes"), "*.yaml", SearchOption.AllDirectories);
        Assert.NotEmpty(recipes);
        Assert.All(recipes, path => RecipeReader.ReadFile(path));
    }
}
