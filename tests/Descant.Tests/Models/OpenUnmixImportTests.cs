using Descant.Models;
using Descant.Networks;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;

namespace Descant.Tests.Models;

/// <summary>Weights in PyTorch's files: the same answers as PyTorch's, and nothing of a file is run (make_open_unmix.py).</summary>
public sealed class OpenUnmixImportTests
{
    private static readonly string s_folder = Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", "open_unmix");

    [Theory]
    [InlineData("vocals-1a2b3c4d.pth", "y", "vocals", "accompaniment")]   // zip, as published since 2021
    [InlineData("drums-5e6f7a8b.pth", "drums", "drums", "no_drums")]      // a row of pickles, as published before
    public void Imported_weights_answer_as_in_PyTorch(string file, string expected, string target, string residual)
    {
        using Engine engine = new(1);
        (NetworkPreset preset, Network network) = OpenUnmixImport.Read(Path.Combine(s_folder, file), engine);
        OpenUnmixOptions options = Assert.IsType<OpenUnmixOptions>(preset.Options);
        Assert.Equal((16000, 64, 256, 16, 3, 2), (options.SampleRate, options.HopLength, options.FftSize, options.Hidden, options.Layers, options.Channels));
        Assert.Equal([target, residual], network.Sources);
        using SafetensorsFile fixture = SafetensorsFile.Open(Path.Combine(s_folder, "expected.safetensors"));
        float[] answer = ((OpenUnmix)network).Forward(engine.Tensor(fixture.Read("x"), 11, 2, 2, 129)).ToArray();
        Assert.Equal(0, fixture.Read(expected).Zip(answer, (e, a) => Math.Abs((double)e - a)).Max(), 1e-5);
    }

    [Fact]
    public void An_imported_model_separates_as_PyTorch_does()
    {
        using Engine engine = new(1);
        (NetworkPreset preset, Network imported) = OpenUnmixImport.Read(Path.Combine(s_folder, "vocals-1a2b3c4d.pth"), engine);
        using TemporaryFolder folder = new();
        string model = Path.Combine(folder.Path, "umx.safetensors");
        ModelFile.Save(model, preset, imported);
        Network network = ModelFile.Load(model, engine);
        using SafetensorsFile fixture = SafetensorsFile.Open(Path.Combine(s_folder, "expected.safetensors"));
        float[] vocals = network.Separate(engine.Tensor(fixture.Read("sound"), 1, 2, 1500)).Select(1, 0).ToArray();
        Assert.Equal(0, fixture.Read("vocals").Zip(vocals, (e, a) => Math.Abs((double)e - a)).Max(), 1e-5);
    }

    [Theory]
    [InlineData("bad/command.pth", "asks for 'posix.system', which is no part of weights; nothing was run")]
    [InlineData("bad/class.pth", "asks for 'builtins.getattr', which is no part of weights; nothing was run")]
    [InlineData("bad/beyond.pth", "has a tensor of shape [120] that reaches beyond its 97 numbers")]
    [InlineData("bad/cut.pth", "than its tensors need")]
    [InlineData("separator.json", "does not begin as PyTorch's files do")]
    public void What_is_not_weights_is_refused_in_one_line(string file, string expected)
    {
        using Engine engine = new(1);
        string message = Assert.Throws<InvalidDataException>(() => OpenUnmixImport.Read(Path.Combine(s_folder, file), engine)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(file), message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.False(File.Exists("/tmp/descant-was-run"));
    }

    [Fact]
    public void A_file_cut_off_anywhere_and_a_file_with_any_byte_changed_ends_in_one_line_or_in_numbers()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(s_folder, "drums-5e6f7a8b.pth"));
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "drums.pth");
        Random random = new(3);
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. whole];
            if (round % 3 == 0)
            {
                damaged = damaged[..random.Next(whole.Length)];
            }
            else
            {
                damaged[random.Next(2600)] = (byte)random.Next(256); // the pickles
            }

            File.WriteAllBytes(path, damaged);
            try
            {
                Descant.Models.Torch.TorchFile.Read(path);
            }
            catch (InvalidDataException error)
            {
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }
        }
    }
}
