using System.Net;
using System.Net.Sockets;
using Descant.Models;
using Descant.Web;
using Microsoft.Extensions.FileProviders;

namespace Descant.Tests.Web.Page;

/// <summary>The real server with one small model, a folder of its own, and the page that npm built.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly TemporaryFolder _data = new();
    private readonly ServerOptions _options;
    private DescantServer? _server;

    private PageServer(Func<ServerOptions, ServerOptions>? change)
    {
        // The smallest model, as the default: these tests are about the page.
        Directory.CreateDirectory(_data["models"]);
        File.Copy(Path.Combine(Checkout.Root, "models", "vocals-fast.safetensors"), _data[Path.Combine("models", "vocals.safetensors")]);
        File.Copy(Path.Combine(Checkout.Root, "models", "vocals-fast.md"), _data[Path.Combine("models", "vocals.md")]);
        ServerOptions options = new()
        {
            Urls = [$"http://127.0.0.1:{FreePort()}"],
            Data = _data["data"],
            Models = new ModelLibrary([_data["models"]]),
            Page = new PhysicalFileProvider(Path.Combine(Checkout.Root, "src", "Descant.Web", "wwwroot")),
        };
        _options = change is null ? options : change(options);
    }

    /// <summary>The address of the page.</summary>
    public string Url => _options.Urls[0];

    /// <summary>What is put together behind the endpoints.</summary>
    public IServiceProvider Services => _server!.Services;

    /// <summary>The demo song, and that song several times over.</summary>
    public static string Moonlight { get; } = Path.Combine(Checkout.Root, "samples", "moonlight.wav");

    public static async Task<PageServer> StartAsync(Func<ServerOptions, ServerOptions>? change = null)
    {
        PageServer server = new(change);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts after <see cref="StopAsync"/>, at the same address and on the same folder.</summary>
    public async Task StartAgainAsync() => _server = await DescantServer.StartAsync(_options);

    public async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _server = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _data.Dispose();
    }

    /// <summary>The demo song <paramref name="times"/> times in a row: long enough to watch it being separated.</summary>
    public string LongSong(int times)
    {
        byte[] song = File.ReadAllBytes(Moonlight);
        // A plain WAV file: 44 bytes of header, then samples.
        int samples = song.Length - 44;
        string path = _data[$"moonlight-{times}.wav"];
        using FileStream file = File.Create(path);
        byte[] header = song[..44];
        BitConverter.TryWriteBytes(header.AsSpan(4), 36 + (samples * times));
        BitConverter.TryWriteBytes(header.AsSpan(40), samples * times);
        file.Write(header);
        for (int i = 0; i < times; i++)
        {
            file.Write(song.AsSpan(44));
        }

        return path;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
