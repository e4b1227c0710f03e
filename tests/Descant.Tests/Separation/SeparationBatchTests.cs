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

    private async Task<List<SongEvent>> Run(string[] songs, BatchSettings settings, SegmentNetwork? network = null)
    {
        List<SongEvent> ends = [];
        SeparationBatch batch = new(network ?? IdentityNetwork.Create(44100, 2, 1000, 100, [0.5f]), [], new SeparationSettings(), settings);
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
