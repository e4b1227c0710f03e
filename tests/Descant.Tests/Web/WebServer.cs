using System.Text;
using Descant.Audio;
using Descant.Models;
using Descant.Networks;
using Descant.Tensors;
using Descant.Web;

namespace Descant.Tests.Web;

/// <summary>A server on a port of its own in this process, with a model that takes milliseconds, and a client for it.</summary>
internal sealed class WebServer : ApiClient, IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly TemporaryFolder? _folder;
    private readonly DescantServer _server;

    private WebServer(TemporaryFolder? folder, DescantServer server, ServerOptions options)
        : base(new Uri(server.Addresses[0]))
    {
        _folder = folder;
        _server = server;
        Options = options;
    }

    public ServerOptions Options { get; }

    public IServiceProvider Services => _server.Services;

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
