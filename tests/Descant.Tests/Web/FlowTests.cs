using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Descant.Audio;
using Descant.Separation;

namespace Descant.Tests.Web;

/// <summary>What a user does, from the file to the stems, and that every number on the way is exact.</summary>
public sealed class FlowTests
{
    [Fact]
    public async Task From_an_upload_in_chunks_to_stems_that_are_those_of_the_library()
    {
        await using WebServer server = await WebServer.StartAsync();
        using EventStream events = await EventStream.OpenAsync(server.Client);
        await events.UntilAsync("hello");
        byte[] song = WebServer.Wav(3, channels: 2, title: "Ode <script>");

        JsonElement upload = await server.AnnounceAsync("../../etc/ode.wav", song.Length);
        string id = upload.GetProperty("id").GetString()!;
        int third = song.Length / 3;
        foreach ((int from, int to) in new[] { (0, third), (third, 2 * third), (2 * third, song.Length) })
        {
            using HttpResponseMessage patched = await server.PatchAsync(id, from, new ByteArrayContent(song, from, to - from));
            Assert.Equal(to.ToString(), patched.Headers.GetValues("Upload-Offset").Single());
        }

        JsonElement track = await server.PostAsync($"/api/v1/uploads/{id}/finish", null, HttpStatusCode.Created);
        string trackId = track.GetProperty("id").GetString()!;
        Assert.Equal("Ode <script>", track.GetProperty("title").GetString());
        Assert.Equal("The Testers", track.GetProperty("artist").GetString());
        Assert.Equal(3, track.GetProperty("durationSeconds").GetDouble());
        JsonElement again = await server.PostAsync($"/api/v1/uploads/{id}/finish");
        Assert.Equal(trackId, again.GetProperty("id").GetString());

        // Asked for before the song is decoded: the job waits for it.
        JsonElement job = await server.JobAsync(trackId);
        string jobId = job.GetProperty("id").GetString()!;
        Assert.Equal(jobId, (await server.JobAsync(trackId, expected: HttpStatusCode.OK)).GetProperty("id").GetString());
        await events.UntilAsync("track", data => data.GetProperty("state").GetString() == "ready");
        JsonElement done = await events.UntilAsync("job", data => data.GetProperty("state").GetString() is "done" or "failed");
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.Equal(["vocals", "accompaniment"], done.GetProperty("stems").EnumerateArray().Select(stem => stem.GetProperty("name").GetString()!));

        // The same song through the library gives the same bytes of sound.
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["ode.wav"], song);
        using Separator separator = Separator.Load(server.Options.Models.Find("vocals"), threads: 1);
        SeparationResult expected = await separator.SeparateAsync(folder["ode.wav"], stem => folder[stem + ".wav"]);
        float[][] mixture = Read(await server.Client.GetByteArrayAsync($"/api/v1/tracks/{trackId}/mixture/file"), folder);
        float[][] sum = [new float[mixture[0].Length], new float[mixture[0].Length]];
        foreach (string stem in new[] { "vocals", "accompaniment" })
        {
            float[][] served = Read(await server.Client.GetByteArrayAsync($"/api/v1/jobs/{jobId}/stems/{stem}/file"), folder);
            Assert.Equal(Read(await File.ReadAllBytesAsync(expected.Files[stem]), folder), served);
            for (int channel = 0; channel < 2; channel++)
            {
                for (int i = 0; i < sum[channel].Length; i++)
                {
                    sum[channel][i] += served[channel][i];
                }
            }
        }

        Assert.Equal(mixture, sum);
    }

    [Fact]
    public async Task Chunks_peaks_and_ranges_are_exactly_those_of_the_file()
    {
        await using WebServer server = await WebServer.StartAsync();
        JsonElement track = await server.ReadyTrackAsync(WebServer.Wav(2.5, channels: 2));
        JsonElement mixture = track.GetProperty("mixture");
        string url = mixture.GetProperty("url").GetString()!;
        int samples = mixture.GetProperty("samples").GetInt32();
        byte[] file = await server.Client.GetByteArrayAsync(url + "/file");
        using TemporaryFolder folder = new();
        float[][] whole = Read(file, folder);
        Assert.Equal(40_000, samples);

        byte[] pieces = [];
        for (int from = 0; from < samples; from += 7_001)
        {
            using HttpResponseMessage piece = await server.Client.GetAsync($"{url}/audio?from={from}&count=7001");
            Assert.Equal(from.ToString(), piece.Headers.GetValues("X-First-Sample").Single());
            pieces = [.. pieces, .. await piece.Content.ReadAsByteArrayAsync()];
        }

        byte[] expected = new byte[samples * 4];
        PcmConversion.Interleave(whole, 0, samples, SampleFormat.Pcm16, expected);
        Assert.Equal(expected, pieces);

        byte[] wav = await server.Client.GetByteArrayAsync($"{url}/audio?from=100&count=50&format=wav");
        Assert.Equal(expected[400..600], wav[44..]);
        Assert.Equal(50, Read(wav, folder)[0].Length);

        foreach (int level in new[] { 256, 1024, 65536 })
        {
            byte[] peaks = await server.Client.GetByteArrayAsync($"{url}/peaks?samplesPerPeak={level}");
            Assert.Equal(2 * ((samples + level - 1) / level), peaks.Length);
            for (int peak = 0; peak < peaks.Length / 2; peak++)
            {
                int end = Math.Min(samples, (peak + 1) * level);
                float[] part = [.. whole[0][(peak * level)..end], .. whole[1][(peak * level)..end]];
                Assert.Equal(Math.Floor(part.Min() * 127f), (sbyte)peaks[2 * peak]);
                Assert.Equal(Math.Ceiling(part.Max() * 127f), (sbyte)peaks[(2 * peak) + 1]);
            }
        }

        HttpRequestMessage range = new(HttpMethod.Get, url + "/file");
        range.Headers.Range = new(1000, 1999);
        using HttpResponseMessage part2 = await server.Client.SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, part2.StatusCode);
        Assert.Equal(file[1000..2000], await part2.Content.ReadAsByteArrayAsync());

        await ApiClient.ProblemAsync(await server.Client.GetAsync($"{url}/audio?from=40000&count=1"), 416, "range");
        HttpRequestMessage beyond = new(HttpMethod.Get, url + "/file");
        beyond.Headers.Range = new(1_000_000_000, null);
        using HttpResponseMessage outside = await server.Client.SendAsync(beyond);
        Assert.NotNull(outside.Content.Headers.ContentRange?.Length);
        await ApiClient.ProblemAsync(outside, 416, "range");
        await ApiClient.ProblemAsync(await server.Client.GetAsync($"{url}/audio?from=0&count=99999999"), 400, "bad-request");
        await ApiClient.ProblemAsync(await server.Client.GetAsync($"{url}/peaks?samplesPerPeak=1000"), 400, "bad-request");
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task Downloads_mixes_and_archives_hold_what_they_say()
    {
        await using WebServer server = await WebServer.StartAsync();
        JsonElement track = await server.ReadyTrackAsync(WebServer.Wav(2, channels: 2, title: "Ode"));
        JsonElement job = await server.EndOfJobAsync((await server.JobAsync(track.GetProperty("id").GetString()!)).GetProperty("id").GetString()!);
        string url = $"/api/v1/jobs/{job.GetProperty("id").GetString()}";
        using TemporaryFolder folder = new();
        float[][] vocals = Read(await server.Client.GetByteArrayAsync(url + "/stems/vocals/file"), folder);
        float[][] rest = Read(await server.Client.GetByteArrayAsync(url + "/stems/accompaniment/file"), folder);

        Assert.Equal(vocals, Read(await server.Client.GetByteArrayAsync(url + "/stems/vocals/file?format=flac"), folder));
        using HttpResponseMessage mp3 = await server.Client.GetAsync(url + "/stems/vocals/file?format=mp3");
        Assert.Equal("audio/mpeg", mp3.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Ode - vocals.mp3", mp3.Content.Headers.ContentDisposition?.FileNameStar ?? mp3.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.Equal(vocals[0].Length, Read(await mp3.Content.ReadAsByteArrayAsync(), folder)[0].Length);

        using ZipArchive zip = new(new MemoryStream(await server.Client.GetByteArrayAsync(url + "/zip?format=flac")));
        Assert.Equal(["accompaniment.flac", "vocals.flac"], zip.Entries.Select(entry => entry.FullName).Order());

        // StereoPannerNode's equations for a stereo source, written out for a pan of -0.5 and of 0.25.
        float[][] mix = Read(await server.Client.GetByteArrayAsync(url + "/mix?stem=vocals:0.5:-0.5&stem=accompaniment:0.25:0.25"), folder);
        double x = (-0.5 + 1) * Math.PI / 2;
        double y = 0.25 * Math.PI / 2;
        for (int i = 0; i < mix[0].Length; i++)
        {
            double left = (0.5 * (vocals[0][i] + (vocals[1][i] * Math.Cos(x)))) + (0.25 * rest[0][i] * Math.Cos(y));
            double right = (0.5 * vocals[1][i] * Math.Sin(x)) + (0.25 * (rest[1][i] + (rest[0][i] * Math.Sin(y))));
            Assert.Equal(left, mix[0][i], 1.01 / 65536);
            Assert.Equal(right, mix[1][i], 1.01 / 65536);
        }

        // All of it, doubled, would clip: it is lowered as a whole, and the answer says by what.
        using HttpResponseMessage loud = await server.Client.GetAsync(url + "/mix?stem=vocals:4&stem=accompaniment:4");
        double gain = double.Parse(loud.Headers.GetValues("X-Descant-Gain").Single());
        Assert.InRange(gain, 0.01, 0.999);
        await ApiClient.ProblemAsync(await server.Client.GetAsync(url + "/mix?stem=drums:1:0"), 400, "bad-request");
        await ApiClient.ProblemAsync(await server.Client.GetAsync(url + "/mix?stem=vocals:5:0"), 400, "bad-request");
        await ApiClient.ProblemAsync(await server.Client.GetAsync(url + "/stems/drums/file"), 404, "not-found");
    }

    [Fact]
    public async Task The_library_is_searched_sorted_renamed_and_emptied()
    {
        await using WebServer server = await WebServer.StartAsync();
        JsonElement first = await server.ReadyTrackAsync(WebServer.Wav(0.5, title: "Beta"));
        JsonElement second = await server.ReadyTrackAsync(WebServer.Wav(1), "alpha.wav");
        Assert.Equal("alpha", second.GetProperty("title").GetString());

        Assert.Equal(["alpha", "Beta"], Titles(await server.GetAsync("/api/v1/tracks?sort=title")));
        Assert.Equal(["alpha", "Beta"], Titles(await server.GetAsync("/api/v1/tracks")));
        Assert.Equal(["Beta"], Titles(await server.GetAsync("/api/v1/tracks?search=tester")));
        JsonElement page = await server.GetAsync("/api/v1/tracks?pageSize=1&page=2");
        Assert.Equal(2, page.GetProperty("total").GetInt32());
        Assert.Equal(["Beta"], Titles(page));

        // Beyond all counting there is nothing, not the first page again.
        JsonElement beyond = await server.GetAsync("/api/v1/tracks?page=2147483647&pageSize=200");
        Assert.Equal(2, beyond.GetProperty("total").GetInt32());
        Assert.Empty(Titles(beyond));

        string path = $"/api/v1/tracks/{first.GetProperty("id").GetString()}";
        JsonElement renamed = await ApiClient.JsonAsync(await server.Client.PatchAsJsonAsync(path, new { title = "  Gamma\u0007\n", artist = "" }));
        Assert.Equal("Gamma", renamed.GetProperty("title").GetString());
        Assert.Equal(JsonValueKind.Null, renamed.GetProperty("artist").ValueKind);

        JsonElement job = await server.EndOfJobAsync((await server.JobAsync(first.GetProperty("id").GetString()!)).GetProperty("id").GetString()!);
        Assert.Equal(1, (await server.GetAsync("/api/v1/jobs")).GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await server.GetAsync("/api/v1/jobs?page=2147483647&pageSize=200")).GetProperty("items").GetArrayLength());
        Assert.Equal(HttpStatusCode.NoContent, (await server.Client.DeleteAsync(path)).StatusCode);
        await server.GetAsync(path, HttpStatusCode.NotFound);
        await server.GetAsync($"/api/v1/jobs/{job.GetProperty("id").GetString()}", HttpStatusCode.NotFound);
        string[] left = Directory.GetFiles(Path.Combine(server.Options.Data, "users"), "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(left, file => file.Contains(first.GetProperty("id").GetString()!) || file.Contains(job.GetProperty("id").GetString()!));
    }

    private static string[] Titles(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(track => track.GetProperty("title").GetString()!)];

    private static float[][] Read(byte[] file, TemporaryFolder folder)
    {
        string path = folder[Guid.NewGuid().ToString()];
        File.WriteAllBytes(path, file);
        using AudioReader reader = AudioReader.Open(path);
        return AudioClip.ReadToEnd(reader).Channels;
    }
}
