using System.Text.Json;
using Descant.Tensors.Checkpoints;
using Descant.Training.Schedules;

namespace Descant.Tests.Optimizers;

/// <summary>Learning rates against PyTorch's schedulers (make_optimizers.py).</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void Constant_and_step_rates()
    {
        Assert.Equal(0.5, new ConstantSchedule(0.5).At(12_345));
        AssertRates(Fixture("schedule_step"), new StepSchedule(0.5, every: 3, factor: 0.4));
    }

    [Fact]
    public void Cosine_with_warm_up_holds_its_floor()
    {
        var schedule = new CosineSchedule(0.5, positions: 14, warmup: 4, start: 0.2, floor: 0.05);
        AssertRates(Fixture("schedule_cosine"), schedule);
        Assert.Equal(0.05, schedule.At(1000), 1e-15);
        Assert.Equal(0, new CosineSchedule(1, positions: 10, warmup: 5).At(0));
        Assert.Equal(1, new CosineSchedule(1, positions: 10).At(0));
    }

    [Fact]
    public void Plateau_lowers_waits_and_resumes()
    {
        JsonElement fixture = Fixture("schedule_plateau");
        double[] losses = [.. fixture.GetProperty("losses").EnumerateArray().Select(e => e.GetDouble())];
        double[] rates = [.. fixture.GetProperty("rates").EnumerateArray().Select(e => e.GetDouble())];
        for (int resumeAt = 0; resumeAt < losses.Length; resumeAt++)
        {
            PlateauSchedule schedule = Make();
            for (int i = 0; i < losses.Length; i++)
            {
                if (i == resumeAt)
                {
                    PlateauSchedule resumed = Make();
                    resumed.Restore(schedule.State);
                    schedule = resumed;
                }

                Assert.Equal(rates[i], schedule.At(i), 1e-15);
                schedule.Observe(losses[i]);
            }
        }

        Assert.Throws<InvalidDataException>(() => Make().Restore([1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Make().Observe(-1));

        static PlateauSchedule Make() => new(0.5, factor: 0.3, patience: 2, cooldown: 2, floor: 0.01);
    }

    private static void AssertRates(JsonElement expected, LearningRateSchedule schedule)
    {
        int position = 0;
        foreach (JsonElement rate in expected.EnumerateArray())
        {
            Assert.Equal(rate.GetDouble(), schedule.At(position++), 1e-15);
        }
    }

    private static JsonElement Fixture(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", "optimizers.safetensors"));
        return JsonDocument.Parse(file.Metadata[name]).RootElement;
    }
}
