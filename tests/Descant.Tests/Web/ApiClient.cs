using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Descant.Tests.Web;

/// <summary>What a program that uses the API does.</summary>
internal class ApiClient : IDisposable
{
    public const string ChunkType = "application/offset+octet-stream";

    public ApiClient(Uri address) => Client = new HttpClient { BaseAddress = address, Timeout = WebServer.Patience };

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public async Task<JsonElement> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK) => await JsonAsync(await Client.GetAsync(path), expected);

    public async Task<JsonElement> PostAsync(string path, object? body = null, HttpStatusCode expected = HttpStatusCode.OK) =>
        await JsonAsync(body is null ? await Client.PostAsync(path, null) : await Client.PostAsJsonAsync(path, body), expected);

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response, HttpStatusCode expected = HttpStatusCode.OK)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: expected {expected}, got {response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Checks that an answer is problem details of a status and code.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, int status, string code)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"expected {status} {code}, got {(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        return problem;
    }

    public async Task<JsonElement> AnnounceAsync(string name, long size, string? key = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/uploads") { Content = JsonContent.Create(new { name, size }) };
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        return await JsonAsync(await Client.SendAsync(request), HttpStatusCode.Created);
    }

    public Task<HttpResponseMessage> PatchAsync(string id, long offset, HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(ChunkType);
        HttpRequestMessage request = new(HttpMethod.Patch, $"/api/v1/uploads/{id}") { Content = content };
        request.Headers.Add("Upload-Offset", offset.ToString());
        return Client.SendAsync(request);
    }

    /// <summary>Uploads a file whole.</summary>
    /// <returns>The track, which may still be decoded.</returns>
    public async Task<JsonElement> UploadAsync(byte[] file, string name = "song.wav")
    {
        using HttpResponseMessage finished = await TryUploadAsync(file, name);
        return await JsonAsync(finished, HttpStatusCode.Created);
    }

    /// <summary>Uploads a file whole, whatever the server says at the end.</summary>
    public async Task<HttpResponseMessage> TryUploadAsync(byte[] file, string name)
    {
        string id = (await AnnounceAsync(name, file.Length)).GetProperty("id").GetString()!;
        const int Chunk = 4 << 20;
        for (int offset = 0; offset < file.Length; offset += Chunk)
        {
            using HttpResponseMessage patched = await PatchAsync(id, offset, new ByteArrayContent(file, offset, Math.Min(Chunk, file.Length - offset)));
            Assert.Equal(HttpStatusCode.NoContent, patched.StatusCode);
        }

        return await Client.PostAsync($"/api/v1/uploads/{id}/finish", null);
    }

    /// <summary>Uploads a file and waits until it can be played.</summary>
    public async Task<JsonElement> ReadyTrackAsync(byte[] file, string name = "song.wav")
    {
        JsonElement track = await UploadAsync(file, name);
        return await UntilAsync($"/api/v1/tracks/{track.GetProperty("id").GetString()}", now => now.GetProperty("state").GetString() != "preparing");
    }

    public Task<JsonElement> JobAsync(string trackId, object? options = null, HttpStatusCode expected = HttpStatusCode.Created) =>
        PostAsync("/api/v1/jobs", new { trackId, options }, expected);

    /// <summary>Waits until a job ended.</summary>
    public Task<JsonElement> EndOfJobAsync(string id) =>
        UntilAsync($"/api/v1/jobs/{id}", job => job.GetProperty("state").GetString() is not ("queued" or "running"));

    /// <summary>Asks again until the answer is as wanted.</summary>
    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> isWanted)
    {
        DateTime end = DateTime.UtcNow + WebServer.Patience;
        while (true)
        {
            JsonElement answer = await GetAsync(path);
            if (isWanted(answer))
            {
                return answer;
            }

            Assert.True(DateTime.UtcNow < end, $"{path} stayed {answer}");
            await Task.Delay(50);
        }
    }

    public void Dispose() => Client.Dispose();
}
