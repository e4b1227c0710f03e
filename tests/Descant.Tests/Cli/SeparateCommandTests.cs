using System.Diagnostics;
using System.Text.Json;
using Descant.Audio;
using Descant.Models;
using Descant.Networks;
using Descant.Separation;
using Descant.Tensors;
using Descant.Tests.Separation;

namespace Descant.Tests.Cli;

/// <summary>The command as a user runs it, with an untrained network of two levels: names, levels, failures, resuming.</summary>
public sealed class SeparateCommandTests : IDisposable
{
    private const int Rate = 16000;
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public SeparateCommandTests()
    {
        _model = _folder["tiny.safetensors"];
        using Engine engine = new(1);
        NetworkPreset preset = NetworkCatalog.Find("s0-tiny");
        ModelFile.Save(_model, preset, preset.Build(engine, seed: 1));
    }

    [Fact]
    public void A_song_of_any_name_becomes_two_stems_that_sum_to_it()
    {
        const string Name = "Ça \"va\" 你好 🎤 it's 100% -- song";
        Song(Name + ".wav", 20000);
        DescantProcess run = Separate(Name + ".wav");
        Assert.DoesNotContain("descant: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("model tiny (licence: not stated)", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
        AssertSums(_folder[Name + ".wav"], _folder[$"separated/{Name}/vocals.wav"], _folder[$"separated/{Name}/accompaniment.wav"]);
        Assert.Equal(2, Directory.GetFiles(_folder[$"separated/{Name}"]).Length);
    }

    [Fact]
    public void A_name_that_starts_with_a_dash_or_is_all_dots_stays_inside_the_output_folder()
    {
        Song("...wav", 3000);
        Song("-o.wav", 3000);
        DescantProcess run = Separate("--", "...wav", "-o.wav");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(4, Directory.GetFiles(_folder["separated"], "*.wav", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void A_name_that_starts_with_an_at_sign_is_a_song_and_no_list_of_arguments()
    {
        Song("@live.wav", 3000);
        File.WriteAllText(_folder["live.wav"], "--help");
        Assert.Equal(0, Separate("@live.wav").ExitCode);
        Assert.True(File.Exists(_folder["separated/@live/vocals.wav"]));
    }

    [Fact]
    public void One_bad_song_is_one_line_and_the_others_are_done()
    {
        Song("good.wav", 5000);
        File.WriteAllText(_folder["bad.wav"], "RIFF....WAVE this is no song");
        DescantProcess run = Separate("bad.wav", "missing.wav", "good.wav");
        Assert.Equal(1, run.ExitCode);
        string[] errors = run.Error.TrimEnd('\n').Split('\n');
        Assert.Contains(errors, line => line.StartsWith("descant: ", StringComparison.Ordinal) && line.Contains("bad.wav", StringComparison.Ordinal));
        Assert.Contains(errors, line => line.StartsWith("descant: ", StringComparison.Ordinal) && line.Contains("missing.wav", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 separated, 2 failed", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["separated/good/vocals.wav"]));
        Assert.Equal([_folder["separated/good"]], Directory.GetDirectories(_folder["separated"]));
    }

    [Fact]
    public void Songs_that_would_share_a_path_get_numbers_and_keep_them()
    {
        Directory.CreateDirectory(_folder["a"]);
        Directory.CreateDirectory(_folder["b"]);
        Song("a/song.wav", 3000);
        Song("b/song.wav", 4000);
        Assert.Equal(0, Separate("a/song.wav", "b/song.wav", "a/song.wav").ExitCode);
        Assert.Equal(3000, AudioClip.Load(_folder["separated/song/vocals.wav"]).Samples);
        Assert.Equal(4000, AudioClip.Load(_folder["separated/song (2)/vocals.wav"]).Samples);

        Assert.Equal(0, Separate("b/song.wav").ExitCode);
        Assert.Equal(3000, AudioClip.Load(_folder["separated/song/vocals.wav"]).Samples);
        Assert.Equal(2, Directory.GetDirectories(_folder["separated"]).Length);
    }

    [Fact]
    public void Foreign_files_are_not_replaced_without_overwrite()
    {
        Song("song.wav", 3000);
        Directory.CreateDirectory(_folder["separated/song"]);
        File.WriteAllText(_folder["separated/song/vocals.wav"], "precious");
        DescantProcess refused = Separate("song.wav");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--overwrite", refused.Error, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_folder["separated/song/vocals.wav"]));
        Assert.Equal(0, Separate("song.wav", "--overwrite").ExitCode);
        Assert.Equal(3000, AudioClip.Load(_folder["separated/song/vocals.wav"]).Samples);
        Assert.Equal(0, Separate("song.wav").ExitCode);
    }

    [Fact]
    public void Recursive_takes_no_stem_for_a_song_and_skip_existing_skips_only_what_is_the_same()
    {
        Directory.CreateDirectory(_folder["in/deep"]);
        Song("in/one.wav", 3000);
        Song("in/deep/two.wav", 3000);
        Assert.Equal(0, Separate("in", "-r", "-o", "in/out").ExitCode);
        Assert.Equal(0, Separate("in", "-r", "-o", "in/out").ExitCode);
        Assert.Equal(4, Directory.GetFiles(_folder["in/out"], "*.wav", SearchOption.AllDirectories).Length);

        DateTime written = File.GetLastWriteTimeUtc(_folder["in/out/one/vocals.wav"]);
        DescantProcess again = Separate("in", "-r", "-o", "in/out", "--skip-existing");
        Assert.Contains("2 already finished", again.Output, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder["in/out/one/vocals.wav"]));

        Song("in/one.wav", 3500);
        File.Delete(_folder["in/out/two/vocals.wav"]);
        Assert.Contains("2 separated", Separate("in", "-r", "-o", "in/out", "--skip-existing").Output, StringComparison.Ordinal);
        Assert.Contains("2 separated", Separate("in", "-r", "-o", "in/out", "--skip-existing", "--bits", "24").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_joined_by_a_plus_are_averaged()
    {
        NetworkPreset preset = NetworkCatalog.Find("s0-tiny");
        using (Engine engine = new(1))
        {
            ModelFile.Save(_folder["other.safetensors"], preset, preset.Build(engine, seed: 2));
        }

        Song("song.wav", 20000);
        string[] rest = ["--bits", "32f", "--output-template", "{model}/{stem}.{ext}"];
        Assert.Equal(0, Separate(["song.wav", .. rest]).ExitCode);
        Assert.Equal(0, Separate(["song.wav", "--model", "other.safetensors", .. rest]).ExitCode);
        DescantProcess run = Separate(["song.wav", "--model", "tiny.safetensors+other.safetensors", .. rest]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("model tiny (", run.Error, StringComparison.Ordinal);
        Assert.Contains("model other (", run.Error, StringComparison.Ordinal);
        float[] mean = AudioClip.Load(_folder["separated/tiny+other/vocals.wav"]).Channels[1];
        float[] first = AudioClip.Load(_folder["separated/tiny/vocals.wav"]).Channels[1], second = AudioClip.Load(_folder["separated/other/vocals.wav"]).Channels[1];
        Assert.NotEqual(first, second);
        Assert.All(Enumerable.Range(0, mean.Length), i => Assert.Equal((first[i] + second[i]) / 2, mean[i], 1e-6f));

        Assert.Contains("1 already finished", Separate(["song.wav", "--model", "tiny.safetensors+other.safetensors", "--skip-existing", .. rest]).Output, StringComparison.Ordinal);
        Assert.EndsWith("got nonesuch", Separate(["song.wav", "--model", "tiny.safetensors+nonesuch"]).Error.TrimEnd(), StringComparison.Ordinal);

        // A file whose own name holds a plus is one model.
        File.Copy(_model, _folder["tiny+other.safetensors"]);
        Assert.Equal(0, Separate(["song.wav", "--model", "tiny+other.safetensors", "--skip-existing", .. rest]).ExitCode);
        Assert.Equal(first, AudioClip.Load(_folder["separated/tiny+other/vocals.wav"]).Channels[1]);
    }

    [Fact]
    public void Killed_in_a_batch_and_run_again_it_finishes_the_rest_and_no_partial_file_ever_shows()
    {
        for (int i = 0; i < 6; i++)
        {
            Song($"song{i}.wav", 16000 * 8);
        }

        string[] arguments = ["separate", .. Enumerable.Range(0, 6).Select(i => $"song{i}.wav"), "--model", _model, "--threads", "1", "--skip-existing", "--progress", "json"];
        using (Process process = DescantProcess.Start(_folder.Path, arguments))
        {
            while (process.StandardOutput.ReadLine() is { } line && !line.Contains("\"finished\"", StringComparison.Ordinal))
            {
            }

            process.Kill();
            process.WaitForExit();
        }

        foreach (string stem in Stems())
        {
            Assert.Equal(16000 * 8, AudioClip.Load(stem).Samples);
        }

        Dictionary<string, DateTime> before = Stems().ToDictionary(stem => stem, File.GetLastWriteTimeUtc);
        DescantProcess again = DescantProcess.Run(_folder.Path, arguments);
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("\"skipped\":", again.Output, StringComparison.Ordinal);
        Assert.Equal(12, Stems().Length);
        Assert.Equal(before[_folder["separated/song0/vocals.wav"]], File.GetLastWriteTimeUtc(_folder["separated/song0/vocals.wav"]));
    }

    [Fact]
    public async Task Interrupted_it_ends_with_130_and_nothing_half_written()
    {
        for (int i = 0; i < 4; i++)
        {
            Song($"song{i}.wav", Rate * 60);
        }

        string[] arguments = ["separate", .. Enumerable.Range(0, 4).Select(i => $"song{i}.wav"), "--model", _model, "--threads", "1", "--progress", "json"];
        using Process process = DescantProcess.Start(_folder.Path, arguments);
        while (await process.StandardOutput.ReadLineAsync() is { } line && !line.Contains("\"done\":", StringComparison.Ordinal))
        {
        }

        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        Assert.StartsWith("descant: interrupted", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("summary", await output, StringComparison.Ordinal);
        string[] left = Directory.Exists(_folder["separated"]) ? Directory.GetFiles(_folder["separated"], "*", SearchOption.AllDirectories) : [];
        Assert.All(left.Where(file => Path.GetFileName(file) != SeparationManifest.FileName), file => Assert.Equal(Rate * 60, AudioClip.Load(file).Samples));
    }

    [Fact]
    public void Memory_does_not_grow_with_the_song()
    {
        Song("short.wav", Rate * 60);
        new AudioClip([new float[Rate * 60 * 20], new float[Rate * 60 * 20]], Rate).SaveWav(_folder["long.wav"], SampleFormat.Pcm16); // 77 MB
        double shortPeak = PeakMegabytes("short.wav"), longPeak = PeakMegabytes("long.wav");
        Assert.InRange(longPeak, 20, Math.Max(shortPeak * 1.1, shortPeak + 30));

        double PeakMegabytes(string song)
        {
            using Process process = DescantProcess.Start(_folder.Path, ["separate", song, "--model", _model, "--threads", "1", "--progress", "none"]);
            double peak = 0;
            while (!process.WaitForExit(20))
            {
                try
                {
                    process.Refresh();
                    peak = Math.Max(peak, process.PeakWorkingSet64 / 1e6); // the system's own maximum, so that only its last value matters
                }
                catch (InvalidOperationException)
                {
                    // It ended between the two lines.
                }
            }

            Assert.Equal(0, process.ExitCode);
            return peak;
        }
    }

    [Fact]
    public void The_filter_and_a_preview_are_options_and_stems_still_sum()
    {
        Song("song.wav", Rate * 40);
        DescantProcess run = Separate("song.wav", "--preview", "--wiener", "--progress", "json");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("\"stage\":\"preview\"", run.Output, StringComparison.Ordinal);
        JsonElement finished = run.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).Single(e => e.GetProperty("event").GetString() == "finished");
        int start = (int)Math.Round(finished.GetProperty("start").GetDouble() * Rate);
        AudioClip song = AudioClip.Load(_folder["song.wav"]), vocals = AudioClip.Load(_folder["separated/song/vocals.wav"]), rest = AudioClip.Load(_folder["separated/song/accompaniment.wav"]);
        Assert.Equal(30 * Rate, vocals.Samples);
        double gain = finished.GetProperty("gain").GetDouble();
        for (int i = 0; i < vocals.Samples; i += 7)
        {
            Assert.Equal(gain * song.Channels[0][start + i], vocals.Channels[0][i] + rest.Channels[0][i], 0.5001 / 32768);
        }

        Assert.Equal(1, Separate("song.wav", "--preview", "--start", "3").ExitCode);
        Assert.Equal(0, Separate("song.wav", "--softmask", "--skip-existing").ExitCode);
        Assert.NotEqual(vocals.Channels[0][..Rate], AudioClip.Load(_folder["separated/song/vocals.wav"]).Channels[0][..Rate]);
        Assert.Equal(1, Separate("song.wav", "--wiener", "-1").ExitCode);
        DescantProcess swallowed = Separate("--wiener", "song.wav");
        Assert.Equal(1, swallowed.ExitCode);
        Assert.Contains("wiener: expected a number of iterations, got song.wav; write --wiener 1", Assert.Single(swallowed.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_as_json_is_one_event_a_line()
    {
        Song("song.wav", 40000);
        DescantProcess run = Separate("song.wav", "nothing.wav", "--progress", "json");
        List<JsonElement> events = [.. run.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Contains(events, e => Kind(e) == "model" && e.GetProperty("licence").GetString() == "not stated");
        Assert.Contains(events, e => Kind(e) == "progress" && e.TryGetProperty("seconds_left", out _));
        Assert.Contains(events, e => Kind(e) == "progress" && e.GetProperty("file").GetString() == "song.wav"
            && e.GetProperty("total").GetInt64() == 40000 && e.GetProperty("stage").GetString() == "separate");
        Assert.Contains(events, e => Kind(e) == "finished" && e.GetProperty("stems").GetProperty("vocals").GetString() is { Length: > 0 });
        Assert.Contains(events, e => Kind(e) == "failed" && e.GetProperty("error").GetString()!.Contains("nothing.wav", StringComparison.Ordinal));
        Assert.Equal(1, events[^1].GetProperty("failed").GetInt32());

        static string? Kind(JsonElement e) => e.GetProperty("event").GetString();
    }

    [Fact]
    public void A_rehearsal_writes_nothing()
    {
        Song("song.wav", 3000);
        DescantProcess run = Separate("song.wav", "--dry-run", "--output-template", "{artist} - {track} ({stem}).{ext}");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Unknown artist - song (vocals).wav", run.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["separated"]));
    }

    [Theory]
    [InlineData("--overlap", "1.5")]
    [InlineData("--shifts", "0")]
    [InlineData("--bits", "17")]
    [InlineData("--stems", "drums")]
    [InlineData("--stems", ",")]
    [InlineData("--wiener", "twice")]
    [InlineData("--model", "nonesuch")]
    [InlineData("--model", "tiny.safetensors+tiny.safetensors")]
    [InlineData("--model", "tiny.safetensors+")]
    [InlineData("--output-template", "../{stem}")]
    [InlineData("--output-template", "{stm}")]
    [InlineData("--start", "-1")]
    [InlineData("--jobs", "0")]
    public void A_wrong_option_is_one_line_and_exit_code_1(string option, string value)
    {
        Song("song.wav", 3000);
        DescantProcess run = Separate("song.wav", option, value);
        Assert.Equal(1, run.ExitCode);
        string line = Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("descant: ", line, StringComparison.Ordinal);
        Assert.Contains(value.Trim('{', '}', '.', '/'), line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["separated"]));
    }

    public void Dispose() => _folder.Dispose();

    private DescantProcess Separate(params string[] arguments) => DescantProcess.Run(
        _folder.Path, ["separate", .. arguments.Contains("--model") ? Array.Empty<string>() : ["--model", _model], "--threads", "1", .. arguments]);

    private string[] Stems() => [.. Directory.GetFiles(_folder["separated"], "*.wav", SearchOption.AllDirectories).Where(file => !Path.GetFileName(file).StartsWith('.'))];

    private void Song(string name, int samples) =>
        new AudioClip(IdentityNetwork.Noise(2, samples, samples), Rate).SaveWav(_folder[name], SampleFormat.Pcm16);

    private static void AssertSums(string song, string vocals, string accompaniment)
    {
        AudioClip[] clips = [AudioClip.Load(song), AudioClip.Load(vocals), AudioClip.Load(accompaniment)];
        Assert.All(clips, clip => Assert.Equal((clips[0].Samples, clips[0].SampleRate, clips[0].Channels.Length), (clip.Samples, clip.SampleRate, clip.Channels.Length)));
        for (int channel = 0; channel < clips[0].Channels.Length; channel++)
        {
            for (int i = 0; i < clips[0].Samples; i++)
            {
                Assert.Equal(clips[0].Channels[channel][i], clips[1].Channels[channel][i] + clips[2].Channels[channel][i]);
            }
        }
    }
}
