using Descant.Models;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Tests.Cli;

/// <summary>models and doctor as a user runs them.</summary>
public sealed class ModelsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelsCommandTests()
    {
        using Engine engine = new(1);
        NetworkPreset preset = NetworkCatalog.Find("s0-tiny");
        ModelFile.Save(_folder["tiny.safetensors"], preset, preset.Build(engine, seed: 1));
        File.WriteAllText(_folder["tiny.attribution.md"], "by a test");
        File.WriteAllText(_folder["tiny.md"], "# tiny\n\n**Licence: CC0-1.0** (a [test](tests.md)'s).\n");
    }

    [Fact]
    public void A_model_is_shown_verified_exported_and_its_terms_are_printed()
    {
        DescantProcess show = Run("models", "show", "tiny.safetensors");
        Assert.Equal(0, show.ExitCode);
        Assert.Contains("licence: CC0-1.0 (a test's).", show.Output, StringComparison.Ordinal);
        Assert.Contains("16000 Hz, mono", show.Output, StringComparison.Ordinal);
        Assert.Contains("(a test's)", show.Output, StringComparison.Ordinal);

        DescantProcess verify = Run("models", "verify", "tiny.safetensors");
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_folder["tiny.safetensors"])));
        Assert.Contains(hash, verify.Output, StringComparison.Ordinal);

        Assert.Equal(0, Run("models", "export", "tiny.safetensors", "copy.safetensors").ExitCode);
        Assert.Equal(File.ReadAllBytes(_folder["tiny.safetensors"]), File.ReadAllBytes(_folder["copy.safetensors"]));
        Assert.Equal(File.ReadAllText(_folder["tiny.md"]), File.ReadAllText(_folder["copy.md"]));
        Assert.Equal("by a test", File.ReadAllText(_folder["copy.attribution.md"]));
        Assert.Equal(1, Run("models", "export", "tiny.safetensors", "copy.safetensors").ExitCode);

        Assert.Equal(0, Run("models", "export", "tiny.safetensors", "half.safetensors", "--half").ExitCode);
        Assert.InRange(new FileInfo(_folder["half.safetensors"]).Length, 0, 0.6 * new FileInfo(_folder["tiny.safetensors"]).Length);
        using (Engine engine = new(1))
        {
            Network whole = ModelFile.Load(_folder["tiny.safetensors"], engine), halved = ModelFile.Load(_folder["half.safetensors"], engine);
            foreach ((Parameter a, Parameter b) in whole.Parameters.Zip(halved.Parameters))
            {
                Assert.All(a.Value.ToArray().Zip(b.Value.ToArray()), pair => Assert.Equal((float)(Half)pair.First, pair.Second));
            }
        }

        DescantProcess list = Run("models", "list");
        Assert.Equal(0, list.ExitCode);
        Assert.All(list.Output.TrimEnd('\n').Split('\n'), line => Assert.Contains("licence: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void An_imported_model_is_found_by_its_name()
    {
        DescantProcess import = Run("models", "import", "tiny.safetensors");
        Assert.True(import.ExitCode == 0, import.Error);
        Assert.Contains("tiny: s0-tiny", Run("models", "list").Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("models", "verify", "tiny").ExitCode);
    }

    [Fact]
    public void A_damaged_model_is_one_line_and_is_not_imported()
    {
        byte[] bytes = File.ReadAllBytes(_folder["tiny.safetensors"]);
        File.WriteAllBytes(_folder["cut.safetensors"], bytes[..(bytes.Length / 2)]);
        float bad = float.NaN;
        byte[] spoilt = [.. bytes[..^4], .. BitConverter.GetBytes(bad)];
        File.WriteAllBytes(_folder["nan.safetensors"], spoilt);
        foreach (string name in new[] { "cut.safetensors", "nan.safetensors", "absent.safetensors" })
        {
            foreach (string action in new[] { "verify", "import" })
            {
                DescantProcess run = Run("models", action, name);
                Assert.Equal(1, run.ExitCode);
                Assert.Contains(name, Assert.Single(run.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
            }
        }

        Assert.False(Directory.Exists(_folder["home"]));
    }

    [Fact]
    public void A_damaged_model_is_named_and_the_others_are_listed()
    {
        Directory.CreateDirectory(_folder["home/descant/models"]);
        File.Copy(_folder["tiny.safetensors"], _folder["home/descant/models/tiny.safetensors"]);
        File.WriteAllText(_folder["home/descant/models/a.safetensors"], "no model");
        DescantProcess list = Run("models", "list");
        Assert.Equal(1, list.ExitCode);
        Assert.Contains("a.safetensors", Assert.Single(list.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Contains("tiny: s0-tiny", list.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Unmix_s_files_are_imported_together_or_not_at_all()
    {
        string fixtures = Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", "open_unmix");
        Directory.CreateDirectory(_folder["umx"]);
        foreach (string name in new[] { "separator.json", "drums-5e6f7a8b.pth" })
        {
            File.Copy(Path.Combine(fixtures, name), _folder["umx/" + name]);
        }

        File.Copy(Path.Combine(fixtures, "bad", "cut.pth"), _folder["umx/vocals-1a2b3c4d.pth"]);
        DescantProcess refused = Run("models", "import", "umx/separator.json", "--name", "umx");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("vocals-1a2b3c4d.pth", Assert.Single(refused.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder["home/descant/models"]));

        File.Copy(Path.Combine(fixtures, "vocals-1a2b3c4d.pth"), _folder["umx/vocals-1a2b3c4d.pth"], overwrite: true);
        Assert.Equal(0, Run("models", "import", "umx/separator.json", "--name", "umx").ExitCode);
        Assert.Equal(
            ["umx-drums.md", "umx-drums.safetensors", "umx-vocals.md", "umx-vocals.safetensors"],
            Directory.GetFiles(_folder["home/descant/models"]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.Contains("Licence: that of the file", File.ReadAllText(_folder["home/descant/models/umx-vocals.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_that_is_used_unless_another_is_named_is_vocals_or_else_the_open_one()
    {
        ModelLibrary library = new([_folder["models"]]);
        Assert.Equal("vocals", library.UsualName());
        Directory.CreateDirectory(_folder["models"]);
        File.Copy(_folder["tiny.safetensors"], _folder["models/vocals-open.safetensors"]);
        Assert.Equal("vocals-open", library.UsualName());
        File.Copy(_folder["tiny.safetensors"], _folder["models/vocals.safetensors"]);
        Assert.Equal("vocals", library.UsualName());
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void The_doctor_says_what_is_there_what_is_missing_and_how_to_get_it()
    {
        DescantProcess well = Run("doctor");
        Assert.Contains("ok       ffmpeg version", well.Output, StringComparison.Ordinal);
        Assert.Contains("ok       encoders", well.Output, StringComparison.Ordinal);
        Assert.Equal(well.Output.Contains("missing", StringComparison.Ordinal) ? 1 : 0, well.ExitCode);

        Directory.CreateDirectory(_folder["bin"]);
        DescantProcess ill = Run(new Dictionary<string, string> { ["PATH"] = _folder["bin"] }, "doctor");
        Assert.Equal(1, ill.ExitCode);
        Assert.Contains("missing  ffmpeg", ill.Output, StringComparison.Ordinal);
        Assert.Contains($"install them with: {Descant.Audio.FfmpegPrograms.InstallCommand}", ill.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private DescantProcess Run(params string[] arguments) => Run([], arguments);

    private DescantProcess Run(Dictionary<string, string> environment, params string[] arguments)
    {
        environment["XDG_DATA_HOME"] = _folder["home"];
        return DescantProcess.Run(_folder.Path, arguments, environment);
    }
}
