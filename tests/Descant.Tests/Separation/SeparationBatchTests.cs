using System.Diagnostics;
using Descant.Audio;
using Descant.Separation;

namespace Descant.Tests.Separation;

/// <summary>What a batch plans, refuses and leaves alone.</summary>
public sealed class SeparationBatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_template_that_gives_two_songs_one_name_is_an_error_of_the_second()
    {
        Song("one.wav");
        Song("two.wav");
        BatchSettings settings = new() { OutputFolder = _folder["out"], Template = new OutputTemplate("{stem}.{ext}") };
        List<SongEvent> ends = await Run(["one.wav", "two.wav"], settings);
        Assert.Equal([SongState.Finished, SongState.Failed], ends.Select(end => end.State));
        Assert.Contains("vocals.wav is a song or another song's stem", ends[1].Error!.Message, StringComparison.Ordinal);
        Assert.EndsWith("add {track} to --output-template", ends[1].Error!.Message, StringComparison.Ordinal);

        // Its own name, too, which nothing may replace.
        Song("vocals.wav");
        byte[] song = File.ReadAllBytes(_folder["vocals.wav"]);
        ends = await Run(["vocals.wav"], settings with { OutputFolder = _folder.Path, Overwrite = true });
        Assert.Contains("add {track}", Assert.Single(ends).Error!.Message, StringComparison.Ordinal);
        Assert.Equal(song, File.ReadAllBytes(_folder["vocals.wav"]));
    }

    [Fact]
    public async Task No_stem_replaces_another_song_of_the_batch()
    {
        Song("a.wav");
        Song("out/a/vocals.wav");
        byte[] song = File.ReadAllBytes(_folder["out/a/vocals.wav"]);
        List<SongEvent> ends = await Run(["a.wav", "out/a/vocals.wav"], new BatchSettings { OutputFolder = _folder["out"], Overwrite = true });
        Assert.All(ends, end => Assert.Equal(SongState.Finished, end.State));
        Assert.Equal(song, File.ReadAllBytes(_folder["out/a/vocals.wav"]));
        Assert.True(File.Exists(_folder["out/a (2)/vocals.wav"]));
    }

    [Fact]
    public async Task A_name_that_no_file_may_have_is_refused_before_the_song_is_separated()
    {
        string track = new('é', 120); // 240 bytes; with " - vocals.wav" 253, with " - source1.wav" 254, with " - accompaniment.wav" 260
        Song(track + ".wav");
        bool worked = false;
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 1000, 100, [0.5f]) with { Separate = (_, _, _) => worked = true };
        BatchSettings settings = new() { OutputFolder = _folder["out"], Template = new OutputTemplate("{track} - {stem}.{ext}") };
        SongEvent end = Assert.Single(await Run([track + ".wav"], settings, network));
        Assert.Contains("expected a file name of at most 255 bytes, got 260 in " + track, end.Error!.Message, StringComparison.Ordinal);
        Assert.False(worked);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public async Task What_breaks_after_an_interrupt_is_the_interrupt()
    {
        Song("song.wav");
        using CancellationTokenSource interrupt = new();
        SegmentNetwork network = IdentityNetwork.Create(44100, 2, 1000, 100, [0.5f]) with
        {
            Separate = (_, _, _) =>
            {
                interrupt.Cancel();
                throw new InvalidDataException("the encoder's pipe broke");
            },
        };
        List<SongEvent> ends = [];
        SeparationBatch batch = new(network, [], new SeparationSettings(), new BatchSettings { OutputFolder = _folder["out"] });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batch.RunAsync([_folder["song.wav"]], ends.Add, interrupt.Token));
        Assert.DoesNotContain(ends, end => end.State == SongState.Failed);
    }

    [Fact]
    public async Task What_a_killed_process_left_is_removed_a_day_later_and_nothing_else()
    {
        Song("song.wav");
        string[] old = [".descant-1.part", ".descant-1.part.tags", ".descant-1.part.cover"], kept = [".descant-2.part", "mine.part", ".descant.txt"];
        Directory.CreateDirectory(_folder["out/song"]);
        foreach (string name in old.Concat(kept))
        {
            File.WriteAllText(_folder["out/song/" + name], "");
            File.SetLastWriteTimeUtc(_folder["out/song/" + name], DateTime.UtcNow.AddDays(name == ".descant-2.part" ? -0.9 : -1.1));
        }

        BatchSettings settings = new() { OutputFolder = _folder["out"] };
        await Run(["song.wav"], settings with { DryRun = true });
        Assert.True(File.Exists(_folder["out/song/" + old[0]]));
        await Run(["song.wav"], settings);
        Assert.Equal(kept.Concat(["vocals.wav", "accompaniment.wav"]).Order(), Directory.GetFiles(_folder["out/song"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task A_finished_song_is_known_by_its_content_wherever_it_lies_and_another_quality_is_another_result()
    {
        Song("song.wav");
        BatchSettings settings = new() { OutputFolder = _folder["out"], SkipExisting = true };
        SeparationSettings low = new() { Encoding = new AudioEncoding(AudioContainer.Flac, "0") }, high = new() { Encoding = new AudioEncoding(AudioContainer.Flac, "8") };
        Assert.Equal(SongState.Finished, Assert.Single(await Run(["song.wav"], settings, how: low)).State);
        Directory.CreateDirectory(_folder["moved"]);
        File.Move(_folder["song.wav"], _folder["moved/song.wav"]);
        Assert.Equal(SongState.Skipped, Assert.Single(await Run(["moved/song.wav"], settings, how: low)).State);
        Assert.Equal(SongState.Finished, Assert.Single(await Run(["moved/song.wav"], settings, how: high)).State);
        Assert.Equal([_folder["out/song"]], Directory.GetDirectories(_folder["out"]));

        // Another song of that name does not take the place.
        Directory.CreateDirectory(_folder["other"]);
        new AudioClip(IdentityNetwork.Noise(2, 3000, 99), 44100).SaveWav(_folder["other/song.wav"], SampleFormat.Pcm16);
        Assert.Equal(SongState.Finished, Assert.Single(await Run(["other/song.wav"], settings, how: high)).State);
        Assert.True(File.Exists(_folder["out/song (2)/vocals.flac"]));
    }

    [Fact]
    public async Task A_rehearsal_says_what_is_finished_and_what_is_missing()
    {
        Song("done.wav");
        Song("new one.wav");
        BatchSettings settings = new() { OutputFolder = _folder["out"], SkipExisting = true };
        await Run(["done.wav"], settings);
        List<SongEvent> ends = await Run(["done.wav", "new one.wav", "missing.wav"], settings with { DryRun = true });
        Assert.Equal([SongState.Skipped, SongState.Planned, SongState.Failed], ends.Select(end => end.State));
        Assert.Contains("missing.wav: no such file", ends[2].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_among_the_songs_is_an_error_and_not_waited_for()
    {
        Song("song.wav");
        using (Process make = Process.Start("mkfifo", [_folder["pipe.wav"]]))
        {
            await make.WaitForExitAsync();
        }

        File.CreateSymbolicLink(_folder["link.wav"], _folder["pipe.wav"]);
        List<SongEvent> ends = await Run(["pipe.wav", "link.wav", "song.wav"], new BatchSettings { OutputFolder = _folder["out"] }).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal([SongState.Failed, SongState.Failed, SongState.Finished], ends.Select(end => end.State));
        Assert.Contains("or a pipe or device", ends[0].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channels_go_through_the_network_in_turns_and_more_than_any_loudspeakers_have_are_refused()
    {
        int most = 0;
        SegmentNetwork identity = IdentityNetwork.Create(44100, 2, 1000, 100, [0.5f]);
        SegmentNetwork network = identity with
        {
            Separate = (mixtures, estimates, batch) =>
            {
                most = Math.Max(most, batch);
                identity.Separate(mixtures, estimates, batch);
            },
        };
        new AudioClip(IdentityNetwork.Noise(64, 3000, 1), 44100).SaveWav(_folder["wide.wav"], SampleFormat.Pcm16);
        new AudioClip(IdentityNetwork.Noise(65, 3000, 1), 44100).SaveWav(_folder["wider.wav"], SampleFormat.Pcm16);
        List<SongEvent> ends = await Run(["wide.wav", "wider.wav"], new BatchSettings { OutputFolder = _folder["out"] }, network);
        Assert.Equal([SongState.Finished, SongState.Failed], ends.Select(end => end.State));
        Assert.Equal(2, most);
        Assert.Contains("expected at most 64 channels, got 65", ends[1].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patterns_may_stand_in_every_part_of_a_path()
    {
        foreach (string name in new[] { "a/1.wav", "b/1.wav", "b/2.wav", "c/x/1.wav" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            Song(name);
        }

        string[] Find(string pattern) => [.. SongFinder.Find([_folder[pattern]], recursive: false).Select(song => Path.GetRelativePath(_folder.Path, song).Replace('\\', '/'))];
        Assert.Equal(["a/1.wav", "b/1.wav"], Find("*/1.wav"));
        Assert.Equal(["b/1.wav", "b/2.wav"], Find("b*/*.wav"));
        Assert.Equal(["c/x/1.wav"], Find("?/?/*.wav"));
        Assert.Throws<ArgumentException>(() => Find("?/?/?/*.wav"));
    }

    private async Task<List<SongEvent>> Run(string[] songs, BatchSettings settings, SegmentNetwork? network = null, SeparationSettings? how = null)
    {
        List<SongEvent> ends = [];
        SeparationBatch batch = new(network ?? IdentityNetwork.Create(44100, 2, 1000, 100, [0.5f]), [], how ?? new SeparationSettings(), settings);
        await batch.RunAsync(
            [.. songs.Select(song => _folder[song])],
            what =>
            {
                if (what.State != SongState.Working)
                {
                    ends.Add(what);
                }
            },
            CancellationToken.None);
        return ends;
    }

    private void Song(string name) => new AudioClip(IdentityNetwork.Noise(2, 3000, name.Length), 44100).SaveWav(_folder[name], SampleFormat.Pcm16);
}
