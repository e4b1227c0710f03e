using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Descant.Audio;

namespace Descant.Tests.Web;

/// <summary>Behind the real nginx, with the configuration that is shipped.</summary>
public sealed class NginxTests
{
    [Fact]
    [Trait("Needs", "nginx-light")]
    public async Task Uploads_of_200_MB_live_events_and_ranges_pass_through()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { IsBehindProxy = true, Hosts = ["stems.example.org"] });
        using Nginx nginx = await Nginx.StartAsync(server.Address.Port);
        using ApiClient browser = new(nginx.Address);
        browser.Client.DefaultRequestHeaders.Host = "stems.example.org";
        using EventStream events = await EventStream.OpenAsync(browser.Client);
        await events.UntilAsync("hello");

        // 200 MB of sound in chunks of the size that the server asks for, each told of while the next is on its way.
        byte[] song = Silence(200 << 20);
        JsonElement upload = await browser.AnnounceAsync("long.wav", song.Length);
        int chunk = upload.GetProperty("chunkBytes").GetInt32();
        string id = upload.GetProperty("id").GetString()!;
        for (int offset = 0; offset < song.Length; offset += chunk)
        {
            int end = Math.Min(song.Length, offset + chunk);
            using HttpResponseMessage patched = await browser.PatchAsync(id, offset, new ByteArrayContent(song, offset, end - offset));
            Assert.Equal(HttpStatusCode.NoContent, patched.StatusCode);
            Stopwatch late = Stopwatch.StartNew();
            await events.UntilAsync("upload", data => data.GetProperty("offset").GetInt32() == end);
            Assert.True(late.Elapsed < TimeSpan.FromSeconds(5), $"an event came {late.Elapsed} late");
        }

        JsonElement track = await browser.PostAsync($"/api/v1/uploads/{id}/finish", null, HttpStatusCode.Created);
        await events.UntilAsync("track", data => data.GetProperty("state").GetString() == "ready");
        HttpRequestMessage range = new(HttpMethod.Get, $"/api/v1/tracks/{track.GetProperty("id").GetString()}/mixture/file");
        range.Headers.Range = new RangeHeaderValue(100_000_000, 100_000_099);
        using HttpResponseMessage part = await browser.Client.SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(100, (await part.Content.ReadAsByteArrayAsync()).Length);

        // A body beyond a chunk is refused by nginx already; a name that is not ours by the server.
        using HttpResponseMessage large = await browser.PatchAsync(id, 0, new ByteArrayContent(new byte[10 << 20]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        browser.Client.DefaultRequestHeaders.Host = "evil.example";
        await ApiClient.ProblemAsync(await browser.Client.GetAsync("/api/v1/tracks"), 421, "misdirected");

        // Cookies are marked Secure where nginx says that the browser came over HTTPS, and changes must come from our own pages.
        browser.Client.DefaultRequestHeaders.Host = "stems.example.org";
        using HttpRequestMessage own = new(HttpMethod.Delete, $"/api/v1/tracks/{track.GetProperty("id").GetString()}");
        own.Headers.Add("Origin", "http://stems.example.org");
        Assert.Equal(HttpStatusCode.NoContent, (await browser.Client.SendAsync(own)).StatusCode);
    }

    private static byte[] Silence(int bytes)
    {
        byte[] song = new byte[bytes];
        byte[] head = WebServer.Wav(0.01, channels: 2, rate: 48000);
        int data = head.AsSpan().IndexOf("data"u8) + 8;
        head.AsSpan(0, data).CopyTo(song);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(song.AsSpan(4), bytes - 8);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(song.AsSpan(data - 4), bytes - data);
        Assert.Equal((bytes - data) / 4, WavReader.Open(new MemoryStream(song), "silence").Properties.Samples);
        return song;
    }

    /// <summary>nginx on a port of its own, with deploy/nginx.conf.</summary>
    private sealed class Nginx : IDisposable
    {
        private readonly TemporaryFolder _folder;
        private readonly Process _process;

        private Nginx(TemporaryFolder folder, Process process, Uri address)
        {
            _folder = folder;
            _process = process;
            Address = address;
        }

        public Uri Address { get; }

        public static async Task<Nginx> StartAsync(int serverPort)
        {
            TemporaryFolder folder = new();
            int port;
            using (TcpListener free = new(IPAddress.Loopback, 0))
            {
                free.Start();
                port = ((IPEndPoint)free.LocalEndpoint).Port;
            }

            string shipped = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "deploy", "nginx.conf"));
            string here = shipped.Replace("127.0.0.1:5080", $"127.0.0.1:{serverPort}", StringComparison.Ordinal).Replace("listen 80;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal);
            Assert.NotEqual(shipped, here);
            await File.WriteAllTextAsync(folder["descant.conf"], here);
            await File.WriteAllTextAsync(folder["nginx.conf"], $$"""
                daemon off;
                worker_processes 1;
                error_log {{folder["error.log"]}};
                pid {{folder["pid"]}};
                events {}
                http {
                    access_log off;
                    client_body_temp_path {{folder["body"]}};
                    proxy_temp_path {{folder["proxy"]}};
                    fastcgi_temp_path {{folder["fastcgi"]}};
                    uwsgi_temp_path {{folder["uwsgi"]}};
                    scgi_temp_path {{folder["scgi"]}};
                    include {{folder["descant.conf"]}};
                }
                """);

            // As root its workers take another name; they must reach the folder.
            if (!OperatingSystem.IsWindows() && Environment.UserName == "root")
            {
                File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_111_111);
            }

            string program = new[] { "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx" }.FirstOrDefault(File.Exists) ?? "nginx";
            Process process = Process.Start(new ProcessStartInfo(program, ["-e", folder["error.log"], "-c", folder["nginx.conf"]]) { RedirectStandardError = true })!;
            Uri address = new($"http://127.0.0.1:{port}");
            using HttpClient client = new() { BaseAddress = address };
            client.DefaultRequestHeaders.Host = "stems.example.org";
            for (int attempt = 0; ; attempt++)
            {
                try
                {
                    Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health")).StatusCode);
                    return new Nginx(folder, process, address);
                }
                catch (HttpRequestException) when (attempt < 100 && !process.HasExited)
                {
                    await Task.Delay(50);
                }
            }
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                using Process quit = Process.Start("kill", ["-QUIT", _process.Id.ToString()]);
                quit.WaitForExit();
                if (!_process.WaitForExit(10_000))
                {
                    _process.Kill(entireProcessTree: true);
                }
            }

            _process.WaitForExit();
            _process.Dispose();
            _folder.Dispose();
        }
    }
}
