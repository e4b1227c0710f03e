using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Descant.Audio;

namespace Descant.Tests.Web;

/// <summary>The server is killed as the kernel kills, in the middle of everything, and nothing is lost.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("KILL")]
    [Trait("Needs", "ffmpeg")]
    public async Task A_decoder_that_is_stopped_in_the_middle_is_no_end_of_the_song(string signal)
    {
        // A signal to the server's process group, or the kernel that is out of memory. The first decoder gives a quarter of a second and
        // is stopped; the next look at lost work decodes again.
        using TemporaryFolder folder = new();
        byte[] song = Encoded(WebServer.Wav(5), "-c:a", "flac", "song.flac");
        Directory.CreateDirectory(folder["bin"]);
        string fake = folder["bin/ffmpeg"], real = Real("ffmpeg");
        File.WriteAllText(fake, $"#!/bin/sh\ncase \"$*\" in\n  *pipe:1*) if [ ! -e '{folder["stopped"]}' ]; then : > '{folder["stopped"]}'; '{real}' \"$@\" | head -c 32000; kill -{signal} $$; fi ;;\nesac\nexec '{real}' \"$@\"\n");
        Audio.AudioFolder.Run("chmod", "+x", fake);
        Dictionary<string, string> variables = new() { ["PATH"] = $"{folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}" };
        using ServerProcess server = await ServerProcess.StartAsync(folder, ["serve", "--data", folder["data"], "--urls", "http://127.0.0.1:0"], variables);
        JsonElement track = await server.Api.ReadyTrackAsync(song, "song.flac");
        Assert.True(File.Exists(folder["stopped"]));
        Assert.Equal(("ready", 5 * 16000), (track.GetProperty("state").GetString(), track.GetProperty("samples").GetInt32()));
        Assert.Contains("was stopped with exit code", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_while_uploading_separating_and_downloading()
    {
        using TemporaryFolder folder = new();
        byte[] song = WebServer.Wav(20);
        byte[] other = WebServer.Wav(2);
        string upload, track, job, expected;
        byte[] begun;
        using (ServerProcess server = await ServerProcess.StartAsync(folder, "serve"))
        {
            track = Id(await server.Api.ReadyTrackAsync(song));
            job = Id(await server.Api.JobAsync(track, new { shifts = 10, overlap = 0.5 }));

            // An upload whose connection is open when the server dies: half of the chunk is there.
            upload = Id(await server.Api.AnnounceAsync("other.wav", other.Length, "crash"));
            using System.Net.Sockets.TcpClient socket = new();
            await socket.ConnectAsync(server.Api.Address.Host, server.Api.Address.Port);
            string head = $"PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {ApiClient.ChunkType}\r\nUpload-Offset: 0\r\nContent-Length: {other.Length}\r\n\r\n";
            await socket.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. other[..20_000]]);
            await server.Api.UntilAsync($"/api/v1/uploads/{upload}", now => now.GetProperty("offset").GetInt32() == 20_000);

            // A download that has begun.
            string url = $"/api/v1/tracks/{track}/mixture/file";
            using HttpResponseMessage download = await server.Api.Client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
            expected = download.Headers.ETag!.Tag;
            begun = new byte[100_000];
            await (await download.Content.ReadAsStreamAsync()).ReadExactlyAsync(begun);
            await server.Api.UntilAsync($"/api/v1/jobs/{job}", now => now.GetProperty("stage").GetString() == "separating");
            server.KillHard();
        }

        using ServerProcess again = await ServerProcess.StartAsync(folder, "serve");
        HttpRequestMessage rest = new(HttpMethod.Get, $"/api/v1/tracks/{track}/mixture/file");
        rest.Headers.Range = new RangeHeaderValue(begun.Length, null);
        rest.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(expected));
        using HttpResponseMessage resumed = await again.Api.Client.SendAsync(rest);
        Assert.Equal(HttpStatusCode.PartialContent, resumed.StatusCode);
        byte[] whole = [.. begun, .. await resumed.Content.ReadAsByteArrayAsync()];
        using WavReader reader = WavReader.Open(new MemoryStream(whole), "download");
        Assert.Equal(20 * 16000, reader.Properties.Samples);

        Assert.Equal(20_000, (await again.Api.GetAsync($"/api/v1/uploads/{upload}")).GetProperty("offset").GetInt32());
        using HttpResponseMessage patched = await again.Api.PatchAsync(upload, 20_000, new ByteArrayContent(other[20_000..]));
        Assert.Equal(HttpStatusCode.NoContent, patched.StatusCode);
        string second = Id(await again.Api.PostAsync($"/api/v1/uploads/{upload}/finish", null, HttpStatusCode.Created));
        JsonElement ready = await again.Api.UntilAsync($"/api/v1/tracks/{second}", now => now.GetProperty("state").GetString() == "ready");
        Assert.Equal(2 * 16000, ready.GetProperty("samples").GetInt32());

        JsonElement done = await again.Api.EndOfJobAsync(job);
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.Equal(20 * 16000, done.GetProperty("stems")[0].GetProperty("samples").GetInt32());
        Assert.Single(Directory.GetDirectories(Path.Combine(folder["data"], "users", "local", "jobs", job)));
    }

    [Fact]
    public async Task Asked_to_stop_it_gives_the_job_back_says_goodbye_and_ends_with_0()
    {
        using TemporaryFolder folder = new();
        using ServerProcess server = await ServerProcess.StartAsync(folder, "serve", "--log", "json");
        string job = Id(await server.Api.JobAsync(Id(await server.Api.ReadyTrackAsync(WebServer.Wav(120))), new { shifts = 10, overlap = 0.9 }));
        await server.Api.UntilAsync($"/api/v1/jobs/{job}", now => now.GetProperty("stage").GetString() == "separating");
        using EventStream events = await EventStream.OpenAsync(server.Api.Client);
        await events.UntilAsync("hello");
        Assert.Equal(0, server.Terminate());
        await events.UntilAsync("bye");
        string[] left = Directory.GetFileSystemEntries(Path.Combine(folder["data"], "users", "local", "jobs", job));
        Assert.DoesNotContain(left, path => Path.GetFileName(path) is "outcome.json" or "progress.json" || Path.GetFileName(path).StartsWith("stems-", StringComparison.Ordinal));
        foreach (string line in server.Log.Split('\n').Where(line => line.StartsWith('{')))
        {
            Assert.True(JsonDocument.Parse(line).RootElement.TryGetProperty("Message", out _));
        }

        Assert.Contains("the job goes on later", server.Log);
        Assert.DoesNotContain("   at ", server.Log);
    }

    private static string Id(JsonElement thing) => thing.GetProperty("id").GetString()!;

    private static string Real(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, program)).First(File.Exists);

    private static byte[] Encoded(byte[] wav, params string[] how)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["in.wav"], wav);
        Audio.AudioFolder.Ffmpeg(["-i", folder["in.wav"], .. how[..^1], folder[how[^1]]]);
        return File.ReadAllBytes(folder[how[^1]]);
    }
}
