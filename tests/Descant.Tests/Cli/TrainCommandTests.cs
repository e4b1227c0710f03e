using System.Diagnostics;
using System.Globalization;
using Descant.Models;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;
using Descant.Tests.Training;

namespace Descant.Tests.Cli;

/// <summary><c>descant train</c> in processes of its own, one of which is killed.</summary>
public sealed class TrainCommandTests
{
    private const string Recipe = """
        network: s0-tiny
        seed: 3
        batch: 2
        checkpoint-minutes: 0.0001
        optimizer: { kind: adam, average: 0.9 }
        budget: { steps: 60 }
        validation: { every-steps: 20, every-minutes: 0 }
        """;

    [Fact]
    public void A_killed_training_goes_on_to_the_same_weights()
    {
        using SmallCorpus corpus = new();
        corpus.Standard();
        string recipe = Path.Combine(corpus.Root, "tiny.yaml");
        File.WriteAllText(recipe, Recipe);
        string[] Arguments(string name) =>
            ["train", recipe, "--data", corpus.Root, "--cache", Path.Combine(corpus.Root, "decoded"), "--out", Path.Combine(corpus.Root, name), "--threads", "2"];

        DescantProcess whole = DescantProcess.Run(Arguments("whole"));
        Assert.True(whole.ExitCode == 0, whole.Error);
        Assert.Contains("validation SDR", whole.Output, StringComparison.Ordinal);

        string checkpoint = Path.Combine(corpus.Root, "cut", "checkpoint.safetensors");
        using (Process killed = DescantProcess.Start(null, Arguments("cut")))
        {
            Task<string> output = killed.StandardOutput.ReadToEndAsync(), error = killed.StandardError.ReadToEndAsync();
            Stopwatch waited = Stopwatch.StartNew();
            while (!File.Exists(checkpoint) && !killed.HasExited && waited.Elapsed < TimeSpan.FromSeconds(50))
            {
                Thread.Sleep(1);
            }

            killed.Kill(); // SIGKILL: no handler runs
            killed.WaitForExit();
        }

        using (SafetensorsFile file = SafetensorsFile.Open(checkpoint))
        {
            Assert.InRange(int.Parse(file.Metadata["step"], CultureInfo.InvariantCulture), 1, 59);
        }

        DescantProcess resumed = DescantProcess.Run(Arguments("cut"));
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Contains("going on from step", resumed.Output, StringComparison.Ordinal);
        using SafetensorsFile a = SafetensorsFile.Open(Path.Combine(corpus.Root, "whole", "model.safetensors"));
        using SafetensorsFile b = SafetensorsFile.Open(Path.Combine(corpus.Root, "cut", "model.safetensors"));
        Assert.All(a.Entries, entry => Assert.True(a.Read(entry.Name).AsSpan().SequenceEqual(b.Read(entry.Name)), entry.Name));

        using Engine engine = new(1);
        Assert.Equal(16000, ModelFile.Load(Path.Combine(corpus.Root, "whole", "model.safetensors"), engine).SampleRate);
    }

    [Fact]
    public void S1s_spellings_are_understood_with_one_dash_and_with_two()
    {
        using SmallCorpus corpus = new();
        corpus.Write("songs/Lithium/vocals.wav", 3, 440);
        corpus.Write("songs/Lithium/drums.wav", 3, 0);
        string recipe = Path.Combine(corpus.Root, "tiny.yaml"), folder = Path.Combine(corpus.Root, "out");
        File.WriteAllText(recipe, Recipe);
        DescantProcess run = DescantProcess.Run(
            "train", recipe, "-root", corpus.Root, "--cache", Path.Combine(corpus.Root, "decoded"), "-output", folder,
            "-batch-size", "16", "-epochs", "1", "-nb-workers", "0", "-seed", "42", "--threads", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors")))
        {
            Assert.Equal(("4", "42"), (file.Metadata["descant.steps"], file.Metadata["descant.seed"])); // 64 excerpts of one track in batches of 16
        }

        Assert.Contains("L1Loss", DescantProcess.Run("train", recipe, "--loss_func", "L3Loss", "--root", corpus.Root).Error, StringComparison.Ordinal);
        Assert.Contains("has no setting 'loss'", DescantProcess.Run("train", recipe, "--loss_func", "L1Loss", "--root", corpus.Root).Error, StringComparison.Ordinal);
        Assert.Contains("options.loss: l1", DescantProcess.Run("train", "--keys", "--arch", "time", "--loss_func", "L1Loss").Output, StringComparison.Ordinal);
        Assert.Contains("options.loss: mse", DescantProcess.Run("train", "--keys", "-arch", "time", "-loss_func", "MSELoss").Output, StringComparison.Ordinal);
        Assert.Contains("umx-time: setting 'loss' expects one of mse, l1, got \"Dual\"", DescantProcess.Run("train", "--keys", "--arch", "time", "--loss_func", "DualLoss").Error, StringComparison.Ordinal);
        string[] transformer = DescantProcess.Run("train", "--keys", "--arch", "transformer", "--loss_func", "DualLoss", "-target", "drums").Output.Split('\n');
        Assert.All(
            ["network: umx-transformer", "options.loss: dual", "options.target: drums"],
            line => Assert.Contains(transformer, said => said.StartsWith(line, StringComparison.Ordinal)));
        Assert.Contains("network: umx ", DescantProcess.Run("train", "--keys", "--arch", "lstm").Output.Replace('\n', ' '), StringComparison.Ordinal);
        Assert.Contains("piano", DescantProcess.Run("train", "--arch", "lstm", "--target", "piano", "--root", corpus.Root).Error, StringComparison.Ordinal);
        Assert.Contains("optimizer.learning-rate: 0.001", DescantProcess.Run("train", "--keys").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_no_track_are_told()
    {
        using SmallCorpus corpus = new();
        corpus.Write("songs/Lithium/vocals.wav", 3, 440);
        corpus.Write("songs/Lithium/drums.wav", 3, 0);
        string recipe = Path.Combine(corpus.Root, "tiny.yaml");
        File.WriteAllText(recipe, "network: s0-tiny\nbatch: 1\nbudget: { steps: 1 }\ndata: { weights: { songs/: 4, sogns/: 2, Vocals/: 0 } }");
        DescantProcess run = DescantProcess.Run(
            "train", recipe, "--data", corpus.Root, "--cache", Path.Combine(corpus.Root, "decoded"), "--out", Path.Combine(corpus.Root, "out"), "--threads", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        string warning = Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.StartsWith("descant: warning: data.weights: ", warning, StringComparison.Ordinal);
        Assert.Contains("begins with 'sogns/', 'Vocals/';", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_are_one_line_each()
    {
        using SmallCorpus corpus = new();
        string recipe = Path.Combine(corpus.Root, "bad.yaml");
        File.WriteAllText(recipe, "netwerk: s0-tiny");
        DescantProcess unknown = DescantProcess.Run("train", recipe, "--data", corpus.Root);
        Assert.Equal((1, 1), (unknown.ExitCode, unknown.Error.TrimEnd().Split('\n').Length));
        Assert.Contains("'netwerk'; the nearest valid one is 'network'", unknown.Error, StringComparison.Ordinal);

        File.WriteAllText(recipe, "network: s0-tini\nbudget: { steps: 1 }");
        Assert.Contains("s0-tiny", DescantProcess.Run("train", recipe, "--data", corpus.Root).Error, StringComparison.Ordinal);
        DescantProcess absent = DescantProcess.Run("train", recipe, "--data", Path.Combine(corpus.Root, "nowhere"));
        Assert.Equal(1, absent.ExitCode);
    }
}
