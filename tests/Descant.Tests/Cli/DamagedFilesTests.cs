using Descant.Audio;
using Descant.Models;
using Descant.Networks;
using Descant.Tensors;
using Descant.Tests.Separation;

namespace Descant.Tests.Cli;

/// <summary>A batch of more than 300 damaged, empty, renamed and foreign files with one good song among them.</summary>
public sealed class DamagedFilesTests
{
    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Every_damaged_file_is_one_line_that_names_it_and_the_good_song_is_done()
    {
        using TemporaryFolder folder = new();
        string model = folder["tiny.safetensors"];
        using (Engine engine = new(1))
        {
            NetworkPreset preset = NetworkCatalog.Find("s0-tiny");
            ModelFile.Save(model, preset, preset.Build(engine, seed: 1));
        }

        new AudioClip(IdentityNetwork.Noise(2, 8000, 1), 16000).SaveWav(folder["in/good.wav"], SampleFormat.Pcm16);
        new AudioClip([[], []], 16000).SaveWav(folder["in/no frames.wav"], SampleFormat.Pcm16);
        byte[] song = File.ReadAllBytes(folder["in/good.wav"]);
        Random random = new(11);
        foreach (string kind in new[] { "mp3", "flac", "m4a", "ogg" })
        {
            Audio.AudioFolder.Ffmpeg("-i", folder["in/good.wav"], folder[$"whole.{kind}"]);
            byte[] whole = File.ReadAllBytes(folder[$"whole.{kind}"]);
            for (int i = 0; i < 8; i++)
            {
                byte[] bytes = i % 2 == 0 ? whole[..random.Next(4, whole.Length)] : [.. whole];
                for (int hit = 0; hit < i * 20; hit++)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                File.WriteAllBytes(folder[$"in/{kind} {i}.{kind}"], bytes);
            }
        }

        for (int i = 0; i < 320; i++)
        {
            File.WriteAllBytes(folder[$"in/{i:D3} bad{(i % 3 == 0 ? " 'x'" : "")}.{(i % 4 == 0 ? "mp3" : "wav")}"], Damage(song, i, random));
        }

        DescantProcess run = DescantProcess.Run(
            folder.Path, ["separate", "in", "--model", model, "--threads", "1", "-o", "out", "--progress", "none", "--jobs", "3"]);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
        string[] lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.StartsWith("descant: ", line, StringComparison.Ordinal));

        // Whatever is still playable is played; everything else has exactly one line.
        string[] separated = [.. Directory.GetDirectories(folder["out"]).Select(path => Path.GetFileName(path)!)];
        Assert.Contains("good", separated);
        Assert.Equal(0, AudioClip.Load(folder["out/no frames/vocals.wav"]).Samples);
        foreach (string file in Directory.GetFiles(folder["in"]))
        {
            string name = Path.GetFileName(file);
            int errors = lines.Count(line => line.Contains(name, StringComparison.Ordinal) && !line.Contains("warning", StringComparison.Ordinal));
            Assert.True(errors == (separated.Contains(Path.GetFileNameWithoutExtension(file)) ? 0 : 1), $"{name}: {errors} error lines: {string.Join(" | ", lines.Where(line => line.Contains(name, StringComparison.Ordinal)))}");
        }

        Assert.DoesNotContain(Directory.GetFiles(folder["out"], "*", SearchOption.AllDirectories), file => file.EndsWith(".part", StringComparison.Ordinal));
    }

    private static byte[] Damage(byte[] song, int kind, Random random)
    {
        byte[] bytes = [.. song];
        switch (kind % 8)
        {
            case 0:
                return []; // empty
            case 1:
                return bytes[..random.Next(1, 100)]; // cut in the header
            case 2:
                random.NextBytes(bytes); // noise
                return bytes;
            case 3:
                return System.Text.Encoding.UTF8.GetBytes("<html><body>not found</body></html>"); // renamed
            case 4:
                for (int i = 0; i < 8; i++)
                {
                    bytes[random.Next(0, 90)] = (byte)random.Next(256); // wrong header
                }

                return bytes;
            case 5:
                BitConverter.TryWriteBytes(bytes.AsSpan(60), uint.MaxValue - (uint)kind); // enormous sizes
                BitConverter.TryWriteBytes(bytes.AsSpan(16), uint.MaxValue - (uint)kind);
                return bytes;
            case 6:
                bytes.AsSpan(44, 60).Fill(0xFF); // channels, rate and depth beyond everything
                return bytes;
            default:
                return [.. bytes[..random.Next(12, 80)], .. new byte[random.Next(0, 5000)]]; // zeros
        }
    }
}
