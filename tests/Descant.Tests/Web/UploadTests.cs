using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Descant.Audio;
using Descant.Tests.Audio;
using Descant.Web;
using Descant.Web.Library;
using Descant.Web.Uploads;
using Microsoft.Extensions.Logging.Abstractions;

namespace Descant.Tests.Web;

/// <summary>Uploads that break, repeat and lie.</summary>
public sealed class UploadTests
{
    [Fact]
    public async Task The_same_key_finds_the_same_upload()
    {
        await using WebServer server = await WebServer.StartAsync();
        JsonElement first = await server.AnnounceAsync("a.wav", 100, "key-1");
        using HttpResponseMessage patched = await server.PatchAsync(first.GetProperty("id").GetString()!, 0, new ByteArrayContent(new byte[40]));
        JsonElement again = await AnnounceAgainAsync("a.wav", 100, HttpStatusCode.OK);
        Assert.Equal(first.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        Assert.Equal(40, again.GetProperty("offset").GetInt32());
        JsonElement conflict = await AnnounceAgainAsync("b.wav", 100, HttpStatusCode.UnprocessableEntity);
        Assert.Equal("idempotency-conflict", conflict.GetProperty("code").GetString());

        async Task<JsonElement> AnnounceAgainAsync(string name, int size, HttpStatusCode expected)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/uploads") { Content = JsonContent.Create(new { name, size }) };
            request.Headers.Add("Idempotency-Key", "key-1");
            return await ApiClient.JsonAsync(await server.Client.SendAsync(request), expected);
        }
    }

    [Fact]
    public async Task What_arrived_before_the_connection_broke_is_kept()
    {
        await using WebServer server = await WebServer.StartAsync();
        byte[] song = WebServer.Wav(1);
        string id = (await server.AnnounceAsync("song.wav", song.Length)).GetProperty("id").GetString()!;

        // A connection that ends in the middle of the body: 2000 bytes are announced, 700 come.
        string head = $"PATCH /api/v1/uploads/{id} HTTP/1.1\r\nHost: {server.Address.Authority}\r\nContent-Type: {ApiClient.ChunkType}\r\nUpload-Offset: 0\r\nContent-Length: 2000\r\n\r\n";
        using (System.Net.Sockets.TcpClient broken = new(server.Address.Host, server.Address.Port))
        {
            await broken.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. song[..700]]);
            await server.UntilAsync($"/api/v1/uploads/{id}", upload => upload.GetProperty("offset").GetInt32() == 700);
        }

        // The server notices the end of the connection a moment later, and until then its request still holds the upload.
        HttpResponseMessage answer = await server.PatchAsync(id, 0, new ByteArrayContent(song));
        for (int attempt = 0; attempt < 100 && (await answer.Content.ReadAsStringAsync()).Contains("busy", StringComparison.OrdinalIgnoreCase); attempt++)
        {
            await Task.Delay(100);
            answer = await server.PatchAsync(id, 0, new ByteArrayContent(song));
        }

        JsonElement wrong = await ApiClient.ProblemAsync(answer, 409, "wrong-offset");
        Assert.Equal(700, wrong.GetProperty("offset").GetInt32());
        await ApiClient.ProblemAsync(await server.Client.PostAsync($"/api/v1/uploads/{id}/finish", null), 409, "incomplete");
        using HttpResponseMessage head2 = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/api/v1/uploads/{id}"));
        Assert.Equal("700", head2.Headers.GetValues("Upload-Offset").Single());
        Assert.Equal(song.Length.ToString(), head2.Headers.GetValues("Upload-Length").Single());
        using HttpResponseMessage rest = await server.PatchAsync(id, 700, new ByteArrayContent(song[700..]));
        Assert.Equal(HttpStatusCode.NoContent, rest.StatusCode);
        await server.PostAsync($"/api/v1/uploads/{id}/finish", null, HttpStatusCode.Created);
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task Whoever_ends_an_upload_several_times_at_once_gets_the_same_song()
    {
        await using WebServer server = await WebServer.StartAsync();
        byte[] song = Flac(2);
        for (int round = 0; round < 5; round++)
        {
            string id = (await server.AnnounceAsync("song.flac", song.Length)).GetProperty("id").GetString()!;
            using HttpResponseMessage patched = await server.PatchAsync(id, 0, new ByteArrayContent(song));
            HttpResponseMessage[] ends = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.Client.PostAsync($"/api/v1/uploads/{id}/finish", null)));
            List<string?> tracks = [];
            foreach (HttpResponseMessage end in ends)
            {
                string text = await end.Content.ReadAsStringAsync();
                Assert.True(end.IsSuccessStatusCode, text);
                tracks.Add(JsonDocument.Parse(text).RootElement.GetProperty("id").GetString());
                end.Dispose();
            }

            Assert.Single(tracks.Distinct());
        }
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task What_a_small_file_becomes_when_it_is_decoded_counts_before_it_is()
    {
        // A minute of silence: some kilobytes, 3.8 MB decoded.
        byte[] song = Flac(60, silent: true);
        Assert.InRange(song.Length, 1, 100_000);
        await using WebServer server = await WebServer.StartAsync(options => options with { Limits = options.Limits with { QuotaBytes = 6_000_000 } });
        await server.UploadAsync(song, "one.flac");
        string id = (await server.AnnounceAsync("two.flac", song.Length)).GetProperty("id").GetString()!;
        using HttpResponseMessage patched = await server.PatchAsync(id, 0, new ByteArrayContent(song));
        await ApiClient.ProblemAsync(await server.Client.PostAsync($"/api/v1/uploads/{id}/finish", null), 507, "quota");

        // It waits until there is room.
        JsonElement first = (await server.GetAsync("/api/v1/tracks")).GetProperty("items")[0];
        using HttpResponseMessage deleted = await server.Client.DeleteAsync($"/api/v1/tracks/{first.GetProperty("id").GetString()}");
        Assert.True(deleted.IsSuccessStatusCode);
        await server.PostAsync($"/api/v1/uploads/{id}/finish", null, HttpStatusCode.Created);
    }

    [Fact]
    public async Task Chunks_that_are_too_long_or_of_another_kind_are_refused()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Limits = options.Limits with { ChunkBytes = 1000 } });
        string id = (await server.AnnounceAsync("song.wav", 1500)).GetProperty("id").GetString()!;
        await ApiClient.ProblemAsync(await server.PatchAsync(id, 0, new ByteArrayContent(new byte[1001])), 413, "too-large");
        await ApiClient.ProblemAsync(await server.Client.PatchAsync($"/api/v1/uploads/{id}", new ByteArrayContent(new byte[10])), 415, "bad-request");
        using HttpResponseMessage first = await server.PatchAsync(id, 0, new ByteArrayContent(new byte[1000]));
        await ApiClient.ProblemAsync(await server.PatchAsync(id, 1000, new ByteArrayContent(new byte[501])), 413, "too-large");
        Assert.Equal(1000, (await server.GetAsync($"/api/v1/uploads/{id}")).GetProperty("offset").GetInt32());
        using ByteArrayContent squeezed = new(new byte[10]);
        squeezed.Headers.ContentEncoding.Add("gzip");
        await ApiClient.ProblemAsync(await server.PatchAsync(id, 1000, squeezed), 415, "bad-request");
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task Videos_and_lossy_songs_become_tracks_and_stems_stay_whole()
    {
        using AudioFolder folder = new();
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64:d=2", "-f", "lavfi", "-i", "sine=f=440:d=2:r=44100", "-c:v", "mpeg4", "-c:a", "aac", "-metadata", "title=Film", folder.File("film.mp4"));
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "sine=f=300:d=1:r=48000", "-ac", "6", folder.File("surround.flac"));
        await using WebServer server = await WebServer.StartAsync();
        JsonElement film = await server.ReadyTrackAsync(File.ReadAllBytes(folder.File("film.mp4")), "film.mp4");
        Assert.Equal("Film", film.GetProperty("title").GetString());
        Assert.Equal("ready", film.GetProperty("state").GetString());
        Assert.True(film.GetProperty("isLossy").GetBoolean());
        JsonElement job = await server.EndOfJobAsync((await server.JobAsync(film.GetProperty("id").GetString()!)).GetProperty("id").GetString()!);
        Assert.Equal(film.GetProperty("samples").GetInt64(), job.GetProperty("stems")[0].GetProperty("samples").GetInt64());

        JsonElement surround = await server.ReadyTrackAsync(File.ReadAllBytes(folder.File("surround.flac")), "surround.flac");
        Assert.Equal(2, surround.GetProperty("channels").GetInt32());
        Assert.Equal(48_000, surround.GetProperty("samples").GetInt64());
    }

    [Fact]
    public async Task Abandoned_uploads_and_expired_tracks_are_deleted()
    {
        Clock clock = new();
        await using WebServer server = await WebServer.StartAsync(options => options with { Keep = TimeSpan.FromDays(2) }, clock);
        string upload = (await server.AnnounceAsync("a.wav", 100)).GetProperty("id").GetString()!;
        JsonElement track = await server.ReadyTrackAsync(WebServer.Wav(0.2));
        string path = $"/api/v1/tracks/{track.GetProperty("id").GetString()}";
        Retention retention = (Retention)server.Services.GetService(typeof(Retention))!;

        clock.Ahead = TimeSpan.FromHours(25);
        await retention.SweepAsync(CancellationToken.None);
        await server.GetAsync($"/api/v1/uploads/{upload}", HttpStatusCode.NotFound);
        await server.GetAsync(path);

        await ApiClient.ProblemAsync(await server.Client.PatchAsJsonAsync(path, new { expires = clock.GetUtcNow().AddDays(3) }), 400, "bad-request");
        clock.Ahead = TimeSpan.FromHours(49);
        await retention.SweepAsync(CancellationToken.None);
        await server.GetAsync(path, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_chunk_for_an_upload_that_is_deleted_meanwhile_finds_nothing()
    {
        await using WebServer server = await WebServer.StartAsync();
        UploadStore store = (UploadStore)server.Services.GetService(typeof(UploadStore))!;
        string id = (await server.AnnounceAsync("a.wav", 100)).GetProperty("id").GetString()!;
        UploadView upload = store.Find("local", id)!;
        store.Remove("local", id);
        Problem problem = await Assert.ThrowsAsync<Problem>(() => store.AppendAsync("local", upload, 0, new MemoryStream(new byte[100]), CancellationToken.None));
        Assert.Equal((404, "not-found"), (problem.Status, problem.Code));
    }

    [Fact]
    public async Task A_song_that_cannot_be_written_is_tried_again_and_then_given_up()
    {
        await using WebServer server = await WebServer.StartAsync();
        TrackStore tracks = (TrackStore)server.Services.GetService(typeof(TrackStore))!;
        byte[] song = WebServer.Wav(0.2);
        string id = (await server.ReadyTrackAsync(song)).GetProperty("id").GetString()!;

        // As before it was decoded, with something in the way of its mixture.
        string mixture = tracks.MixtureFile("local", id);
        await File.WriteAllBytesAsync(tracks.SourceFile("local", id), song);
        File.Delete(mixture);
        Directory.CreateDirectory(Path.Combine(mixture, "in the way"));
        File.Delete(Path.Combine(Path.GetDirectoryName(mixture)!, "audio.json"));
        Preparation preparation = new(tracks, new BoundedFfmpeg(), (LibraryUsage)server.Services.GetService(typeof(LibraryUsage))!, server.Options, NullLogger<Preparation>.Instance);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            await preparation.RunAsync("local", id, CancellationToken.None);
            Assert.Null(tracks.Audio("local", id));
        }

        await preparation.RunAsync("local", id, CancellationToken.None);
        JsonElement failed = await server.GetAsync($"/api/v1/tracks/{id}");
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        Assert.Equal("failed", failed.GetProperty("problem").GetProperty("code").GetString());
        Assert.Contains("The server could not", failed.GetProperty("problem").GetProperty("detail").GetString());
        Assert.False(File.Exists(tracks.SourceFile("local", id)));
    }

    private static byte[] Flac(double seconds, bool silent = false)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["in.wav"], WebServer.Wav(seconds));
        AudioFolder.Ffmpeg("-i", folder["in.wav"], "-af", silent ? "volume=0" : "anull", folder["out.flac"]);
        return File.ReadAllBytes(folder["out.flac"]);
    }
}
