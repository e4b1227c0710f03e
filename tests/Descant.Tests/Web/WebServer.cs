using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Descant.Audio;
using Descant.Models;
using Descant.Networks;
using Descant.Tensors;
using Descant.Web;

namespace Descant.Tests.Web;

/// <summary>A server on a port of its own in this process, with a model that takes milliseconds, and a client for it.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    public const string ChunkType = "application/offset+octet-stream";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly TemporaryFolder? _folder;
    private readonly DescantServer _server;

    private WebServer(TemporaryFolder? folder, DescantServer server, ServerOptions options)
    {
        _folder = folder;
        _server = server;
        Options = options;
        Client = new HttpClient { BaseAddress = new Uri(server.Addresses[0]), Timeout = Patience };
    }

    public HttpClient Client { get; }

    public ServerOptions Options { get; }

    public IServiceProvider Services => _server.Services;

    public Uri Address => Client.BaseAddress!;

    /// <summary>Starts one in a new folder.</summary>
    public static Task<WebServer> StartAsync(Func<ServerOptions, ServerOptions>? change = null, TimeProvider? time = null)
    {
        TemporaryFolder folder = new();
        return StartAsync(folder, folder, change, time);
    }

    /// <summary>Starts one in a folder that outlives it.</summary>
    public static Task<WebServer> StartInAsync(TemporaryFolder folder, Func<ServerOptions, ServerOptions>? change = null) => StartAsync(folder, null, change, null);

    /// <summary>Writes the tests' model into a folder: 16 kHz mono, vocals and accompaniment.</summary>
    public static string WriteModel(string folder, string name = ModelLibrary.DefaultName)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, name + ".safetensors");
        if (!File.Exists(path))
        {
            NetworkPreset preset = NetworkCatalog.Find("s0-tiny");
            using Engine engine = new(1);
            ModelFile.Save(path, preset, preset.Build(engine, seed: 1));
        }

        return path;
    }

    /// <summary>A WAV file: sweeps of so many seconds, with tags.</summary>
    public static byte[] Wav(double seconds, int channels = 2, int rate = 16000, string? title = null, SampleFormat format = SampleFormat.Pcm16)
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string> tags = title is null ? [] : new() { ["title"] = title, ["artist"] = "The Testers" };
        int samples = (int)(seconds * rate);
        using (AudioWriter writer = AudioWriter.Create(folder["song.wav"], new AudioEncoding(AudioContainer.Wav), rate, channels, format, tags))
        {
            writer.Write(Audio.AudioFolder.Sweeps(channels, samples, rate), 0, samples);
            writer.Complete();
        }

        return File.ReadAllBytes(folder["song.wav"]);
    }

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
        DateTime end = DateTime.UtcNow + Patience;
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

    /// <summary>Speaks raw HTTP: what no honest client would send.</summary>
    public static async Task<string> RawAsync(Uri address, byte[] bytes, bool endsHere = false)
    {
        using System.Net.Sockets.TcpClient socket = new();
        await socket.ConnectAsync(address.Host, address.Port);
        System.Net.Sockets.NetworkStream stream = socket.GetStream();
        StringBuilder answer = new();
        using CancellationTokenSource clock = new(Patience);
        try
        {
            await stream.WriteAsync(bytes, clock.Token);
            if (endsHere)
            {
                socket.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            }

            byte[] block = new byte[4096];
            while (await stream.ReadAsync(block, clock.Token) is > 0 and int read)
            {
                answer.Append(Encoding.Latin1.GetString(block, 0, read));
            }
        }
        catch (IOException)
        {
            // The server closed the connection without reading on, which is its right.
        }

        return answer.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        _folder?.Dispose();
    }

    private static async Task<WebServer> StartAsync(TemporaryFolder folder, TemporaryFolder? owned, Func<ServerOptions, ServerOptions>? change, TimeProvider? time)
    {
        WriteModel(folder["models"]);
        ServerOptions options = new()
        {
            Urls = ["http://127.0.0.1:0"],
            Data = folder["data"],
            Models = new ModelLibrary([folder["models"]]),
            Threads = 1,
        };
        options = change?.Invoke(options) ?? options;
        return new WebServer(owned, await DescantServer.StartAsync(options, isWorker: false, time, CancellationToken.None), options);
    }
}
