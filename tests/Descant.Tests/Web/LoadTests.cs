using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Descant.Audio;
using Descant.Web.Jobs;
using Descant.Web.Library;
using Xunit.Abstractions;

namespace Descant.Tests.Web;

/// <summary>Many at once. The figures in docs/performance.md come from here: <c>dotnet test --filter LoadTests</c> with a detailed logger.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Uploads = 50;
    private const int Watchers = 200;
    private const int Songs = 10_000;

    [Fact]
    public async Task Fifty_uploads_and_two_hundred_watchers_while_separating()
    {
        using TemporaryFolder folder = new();
        using ServerProcess server = await ServerProcess.StartAsync(folder, "serve");
        byte[] song = WebServer.Wav(10);
        string busy = Id(await server.Api.ReadyTrackAsync(WebServer.Wav(300)));
        string job = Id(await server.Api.JobAsync(busy, new { shifts = 10, overlap = 0.9 }));
        await server.Api.UntilAsync($"/api/v1/jobs/{job}", now => now.GetProperty("stage").GetString() == "separating");
        using ApiClient crowd = new(server.Api.Address);
        EventStream[] streams = await Task.WhenAll(Enumerable.Range(0, Watchers).Select(_ => EventStream.OpenAsync(crowd.Client)));
        ConcurrentBag<double> answers = [];
        using CancellationTokenSource done = new();
        Task asking = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                Stopwatch clock = Stopwatch.StartNew();
                using HttpResponseMessage response = await server.Api.Client.GetAsync("/api/v1/tracks");
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                answers.Add(clock.Elapsed.TotalMilliseconds);
                await Task.Delay(20);
            }
        });

        string[] tracks = await Task.WhenAll(Enumerable.Range(0, Uploads).Select(async i => Id(await crowd.UploadAsync(song, $"song-{i}.wav"))));
        Assert.Equal(Uploads, tracks.Distinct().Count());
        foreach (string track in tracks)
        {
            Assert.Equal("ready", (await server.Api.UntilAsync($"/api/v1/tracks/{track}", now => now.GetProperty("state").GetString() != "preparing")).GetProperty("state").GetString());
        }

        // Every watcher hears of every track, and the server still separates.
        await Task.WhenAll(streams.Select(async stream =>
        {
            HashSet<string> heard = [];
            while (heard.Count < Uploads + 1)
            {
                heard.Add(Id(await stream.UntilAsync("track", data => data.GetProperty("state").GetString() == "ready" || Id(data) == busy)));
                heard.Add(busy);
            }
        }));
        await done.CancelAsync();
        await asking;

        Assert.Equal("running", (await server.Api.GetAsync($"/api/v1/jobs/{job}")).GetProperty("state").GetString());
        await server.Api.PostAsync($"/api/v1/jobs/{job}/cancel");
        double[] sorted = [.. answers.Order()];
        long peak = PeakMebibytes(server);
        output.WriteLine($"{Uploads} uploads of {song.Length / 1024} KiB, {Watchers} watchers, separating: {sorted.Length} lists answered, median {sorted[sorted.Length / 2]:F0} ms, 95 % below {sorted[sorted.Length * 95 / 100]:F0} ms; peak memory {peak} MiB");
        Assert.True(peak < 700, $"the server took {peak} MiB");
        foreach (EventStream stream in streams)
        {
            stream.Dispose();
        }

        Assert.DoesNotContain("fail:", server.Log);
    }

    [Fact]
    public async Task Ten_thousand_songs_are_listed_searched_and_renamed()
    {
        using TemporaryFolder folder = new();
        string last = WriteLibrary(folder["data"]);
        Stopwatch clock = Stopwatch.StartNew();
        using ServerProcess server = await ServerProcess.StartAsync(folder, "serve");
        double start = clock.Elapsed.TotalSeconds;
        double first = (await TimedAsync("/api/v1/tracks")).Milliseconds;
        (JsonElement page, double list) = await MedianAsync("/api/v1/tracks?page=3&sort=title");
        (JsonElement found, double search) = await MedianAsync("/api/v1/tracks?search=song%209999");
        Assert.Equal(Songs, page.GetProperty("total").GetInt32());
        Assert.Equal("Song 0100", page.GetProperty("items")[0].GetProperty("title").GetString());
        Assert.Equal("done", page.GetProperty("items")[0].GetProperty("jobs")[0].GetProperty("state").GetString());
        Assert.Equal(last, Id(Assert.Single(found.GetProperty("items").EnumerateArray())));

        using HttpResponseMessage renamed = await server.Api.Client.PatchAsJsonAsync($"/api/v1/tracks/{last}", new { title = "Renamed" });
        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
        Assert.Equal("Renamed", (await server.Api.GetAsync("/api/v1/tracks?search=renamed")).GetProperty("items")[0].GetProperty("title").GetString());
        string added = Id(await server.Api.ReadyTrackAsync(WebServer.Wav(1)));
        Assert.Equal("done", (await server.Api.EndOfJobAsync(Id(await server.Api.JobAsync(added)))).GetProperty("state").GetString());
        long peak = PeakMebibytes(server);
        output.WriteLine($"{Songs} songs, a job each: start {start:F1} s, first list {first:F0} ms, then page {list:F0} ms, search {search:F0} ms (medians of 11); peak memory {peak} MiB");
        Assert.True(peak < 700, $"the server took {peak} MiB");

        async Task<(JsonElement Answer, double Milliseconds)> TimedAsync(string path)
        {
            Stopwatch watch = Stopwatch.StartNew();
            JsonElement answer = await server.Api.GetAsync(path);
            return (answer, watch.Elapsed.TotalMilliseconds);
        }

        async Task<(JsonElement Answer, double Milliseconds)> MedianAsync(string path)
        {
            List<(JsonElement Answer, double Milliseconds)> all = [];
            for (int i = 0; i < 11; i++)
            {
                all.Add(await TimedAsync(path));
            }

            return all.OrderBy(one => one.Milliseconds).ElementAt(5);
        }
    }

    /// <summary>What a server has on disk for many songs, each with a job that is done, but for their audio.</summary>
    /// <returns>The last song's identifier.</returns>
    private static string WriteLibrary(string root)
    {
        DataFolder data = new(root);
        JsonFiles files = new();
        TrackStore tracks = new(data, files);
        JobStore jobs = new(data, files);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string id = "";
        for (int i = 0; i < Songs; i++)
        {
            id = Identifier.Create();
            Directory.CreateDirectory(data.Track(DataFolder.LocalUser, id));
            tracks.Write(DataFolder.LocalUser, new TrackRecord
            {
                Id = id,
                UploadId = Identifier.Create(),
                Name = $"song-{i}.mp3",
                Title = $"Song {i:D4}",
                Artist = $"Artist {i % 300}",
                Created = now.AddMinutes(-i),
                Expires = now.AddDays(20),
                Codec = "mp3",
                IsLossy = true,
                SampleRate = 44100,
                Channels = 2,
                ClaimedSamples = 240 * 44100,
                Format = SampleFormat.Pcm16,
            });
            tracks.SetAudio(DataFolder.LocalUser, id, new AudioRecord { Samples = 240 * 44100, SampleRate = 44100, Channels = 2, Bytes = 42_336_000 });
            string job = Identifier.Create();
            jobs.Add(DataFolder.LocalUser, new JobRecord { Id = job, TrackId = id, Model = "vocals", Stems = ["vocals", "accompaniment"], Options = new JobOptions(), Created = now, Turn = i });
            jobs.TryEnd(DataFolder.LocalUser, job, new OutcomeRecord { State = JobState.Done, Started = now, Finished = now, Samples = 240 * 44100, SampleRate = 44100, Channels = 2, Bytes = 84_672_000 });
        }

        return id;
    }

    private static long PeakMebibytes(ServerProcess server) =>
        File.ReadLines($"/proc/{server.Id}/status").Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim())).Single() / 1024;

    private static string Id(JsonElement thing) => thing.GetProperty("id").GetString()!;
}
