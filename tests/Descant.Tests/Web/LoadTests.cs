using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Xunit.Abstractions;

namespace Descant.Tests.Web;

/// <summary>Many at once. The figures in docs/performance.md come from here: <c>dotnet test --filter LoadTests</c> with a detailed logger.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Uploads = 50;
    private const int Watchers = 200;

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

        await done.CancelAsync();
        await asking;

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
        Assert.Equal("running", (await server.Api.GetAsync($"/api/v1/jobs/{job}")).GetProperty("state").GetString());
        await server.Api.PostAsync($"/api/v1/jobs/{job}/cancel");
        double[] sorted = [.. answers.Order()];
        long peak = File.ReadLines($"/proc/{server.Id}/status").Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim())).Single() / 1024;
        output.WriteLine($"{Uploads} uploads of {song.Length / 1024} KiB, {Watchers} watchers, separating: {sorted.Length} lists answered, median {sorted[sorted.Length / 2]:F0} ms, 95 % below {sorted[sorted.Length * 95 / 100]:F0} ms; peak memory {peak} MiB");
        Assert.True(peak < 700, $"the server took {peak} MiB");
        foreach (EventStream stream in streams)
        {
            stream.Dispose();
        }

        Assert.DoesNotContain("fail:", server.Log);
    }

    private static string Id(JsonElement thing) => thing.GetProperty("id").GetString()!;
}
