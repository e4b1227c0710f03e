using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Descant.Audio;
using Descant.Tests.Audio;
using Descant.Web.Uploads;

namespace Descant.Tests.Web;

/// <summary>Requests that no honest client sends: each is refused with the right status, and the server goes on unharmed.</summary>
public sealed class HostileRequestTests
{
    private const string Id = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string Json = "Content-Type: application/json\r\n";

    /// <summary>Name, request line and headers, body, expected status (several where it depends on how much was read).</summary>
    public static TheoryData<string, string, string, string> Requests => new()
    {
        { "traversal in an identifier", "GET /api/v1/tracks/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n", "", "404" },
        { "traversal in a path", "GET /../../../../etc/passwd HTTP/1.1\r\n", "", "404" },
        { "encoded traversal", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n", "", "404" },
        { "doubly encoded traversal", "GET /api/v1/tracks/%252e%252e%252fserver.key HTTP/1.1\r\n", "", "404" },
        { "backslashes", "GET /api/v1/tracks/..\\..\\server.key HTTP/1.1\r\n", "", "404" },
        { "a null byte", "GET /api/v1/tracks/a%00b HTTP/1.1\r\n", "", "400 404" },
        { "an upper-case identifier", "GET /api/v1/tracks/AAAAAAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\n", "", "404" },
        { "a foreign identifier", $"GET /api/v1/tracks/{Id} HTTP/1.1\r\n", "", "404" },
        { "a foreign upload", $"GET /api/v1/uploads/{Id} HTTP/1.1\r\n", "", "404" },
        { "a foreign job", $"POST /api/v1/jobs/{Id}/cancel HTTP/1.1\r\nContent-Length: 0\r\n", "", "404" },
        { "traversal in a stem", $"GET /api/v1/jobs/{Id}/stems/..%2f..%2fjob.json/file HTTP/1.1\r\n", "", "404" },
        { "a hidden file", "GET /.lock HTTP/1.1\r\n", "", "404" },
        { "the key", "GET /server.key HTTP/1.1\r\n", "", "404" },
        { "an unknown method", "BREW /api/v1/tracks HTTP/1.1\r\n", "", "405" },
        { "TRACE", "TRACE / HTTP/1.1\r\n", "", "404 405" },
        { "CONNECT", "CONNECT example.org:443 HTTP/1.1\r\n", "", "400 404 405 421" },
        { "another host's absolute address", "GET http://evil.example/api/v1/tracks HTTP/1.1\r\nHost: evil.example\r\n", "", "400 421" },
        { "no host", "GET /api/v1/tracks HTTP/1.1\r\nHost:\r\n", "", "400 421" },
        { "two hosts", "GET /api/v1/tracks HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", "", "400" },
        { "an old protocol without a host", "GET /api/v1/tracks HTTP/1.0\r\nX-No-Host: 1\r\n", "", "400 421" },
        { "a huge header", $"GET /api/v1/tracks HTTP/1.1\r\nX-Big: {new string('a', 64 << 10)}\r\n", "", "431" },
        { "a huge request line", $"GET /{new string('a', 64 << 10)} HTTP/1.1\r\n", "", "414" },
        { "hundreds of headers", "GET /api/v1/tracks HTTP/1.1\r\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"X-{i}: 1\r\n")), "", "431" },
        { "a header with a line folded in", "GET /api/v1/tracks HTTP/1.1\r\nX-A: 1\r\n folded\r\n", "", "400" },
        { "garbage", "\u0016\u0003\u0001\u0002\u0000\u0001\r\n", "", "400" },
        { "a negative length", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Content-Length: -5\r\n", "{}", "400" },
        { "two lengths", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Content-Length: 2\r\nContent-Length: 3\r\n", "{}", "400" },
        { "length and chunks", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", "400 404" },
        { "a bad chunk", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n", "400" },
        { "an overlong body", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Content-Length: 999999999\r\n", "{}", "413" },
        { "no JSON", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Content-Length: 3\r\n", "{a}", "400" },
        { "JSON nested deeply", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Content-Length: 40000\r\n", new string('[', 40000), "400" },
        { "JSON of another shape", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Content-Length: 15\r\n", "{\"trackId\":[1]}", "400" },
        { "a form instead of JSON", "POST /api/v1/jobs HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n", "a=b", "415" },
        { "an upload without a key", $"POST /api/v1/uploads HTTP/1.1\r\n{Json}Content-Length: 24\r\n", "{\"name\":\"a\",\"size\":1234}", "400" },
        { "a negative size", $"POST /api/v1/uploads HTTP/1.1\r\nIdempotency-Key: n\r\n{Json}Content-Length: 22\r\n", "{\"name\":\"a\",\"size\":-1}", "400" },
        { "a size beyond all numbers", $"POST /api/v1/uploads HTTP/1.1\r\nIdempotency-Key: n\r\n{Json}Content-Length: 42\r\n", "{\"name\":\"a\",\"size\":9999999999999999999999}", "400" },
        { "a size beyond all disks", $"POST /api/v1/uploads HTTP/1.1\r\nIdempotency-Key: n\r\n{Json}Content-Length: 39\r\n", "{\"name\":\"a\",\"size\":9223372036854775807}", "413" },
        { "an empty name", $"POST /api/v1/uploads HTTP/1.1\r\nIdempotency-Key: n\r\n{Json}Content-Length: 20\r\n", "{\"name\":\"\",\"size\":9}", "400" },
        { "a key with spaces", $"POST /api/v1/uploads HTTP/1.1\r\nIdempotency-Key: a b\r\n{Json}Content-Length: 21\r\n", "{\"name\":\"a\",\"size\":9}", "400" },
        { "a model that is a path", $"POST /api/v1/jobs HTTP/1.1\r\n{Json}Content-Length: 67\r\n", "{\"trackId\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\",\"model\":\"../../etc/passwd\"}", "404" },
        { "a page number beyond", "GET /api/v1/tracks?page=-1 HTTP/1.1\r\n", "", "400" },
        { "a page of everything", "GET /api/v1/tracks?pageSize=1000000 HTTP/1.1\r\n", "", "400" },
        { "a page that is no number", "GET /api/v1/tracks?page=1;drop HTTP/1.1\r\n", "", "400" },
        { "an unknown order", "GET /api/v1/tracks?sort=__proto__ HTTP/1.1\r\n", "", "400" },
        { "a state that is a number", "GET /api/v1/jobs?state=2 HTTP/1.1\r\n", "", "400" },
        { "a foreign origin", $"POST /api/v1/uploads HTTP/1.1\r\nOrigin: http://evil.example\r\nIdempotency-Key: n\r\n{Json}Content-Length: 21\r\n", "{\"name\":\"a\",\"size\":9}", "403" },
        { "another site's form", $"POST /api/v1/uploads HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\nIdempotency-Key: n\r\n{Json}Content-Length: 21\r\n", "{\"name\":\"a\",\"size\":9}", "403" },
        { "a method override", $"POST /api/v1/tracks/{Id} HTTP/1.1\r\nX-HTTP-Method-Override: DELETE\r\nContent-Length: 0\r\n", "", "405" },
        { "an upgrade", "GET /api/v1/events HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", "", "421" },
    };

    [Fact]
    public async Task Each_is_refused_with_its_status_and_the_server_is_unharmed()
    {
        await using WebServer server = await WebServer.StartAsync();
        Assert.True(Requests.Count >= 40);
        List<string> wrong = [];
        foreach (object[] row in Requests)
        {
            (string name, string head, string body, string expected) = ((string)row[0], (string)row[1], (string)row[2], (string)row[3]);
            bool namesHost = head.Contains("\nHost:", StringComparison.Ordinal) || head.Contains("X-No-Host", StringComparison.Ordinal);
            string request = head + (namesHost ? "" : $"Host: {server.Address.Authority}\r\n") + "Connection: close\r\n\r\n" + body;
            string answer = await WebServer.RawAsync(server.Address, Encoding.Latin1.GetBytes(request));
            string status = answer.Length == 0 ? "closed" : answer.Split(' ')[1];
            if (!expected.Split(' ').Contains(status))
            {
                wrong.Add($"{name}: expected {expected}, got {status}");
            }

            if (answer.Contains("   at ", StringComparison.Ordinal) || answer.Contains(server.Options.Data, StringComparison.Ordinal) || answer.Contains("root:", StringComparison.Ordinal))
            {
                wrong.Add($"{name}: the answer tells too much: {answer}");
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/ready")).StatusCode);
        await server.ReadyTrackAsync(WebServer.Wav(0.2));
        Assert.Equal(1, (await server.GetAsync("/api/v1/tracks")).GetProperty("total").GetInt32());
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task Files_that_are_no_recordings_or_point_elsewhere_are_refused_and_touch_nothing()
    {
        using TcpListener bait = new(IPAddress.Loopback, 0);
        bait.Start();
        int port = ((IPEndPoint)bait.LocalEndpoint).Port;
        using AudioFolder folder = new();
        string secret = folder.Write("secret.wav", WebServer.Wav(1));
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "color=c=red:s=64x64:d=1", "-c:v", "mpeg4", folder.File("mute.mp4"));
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "sine=d=1", folder.File("inner.mp3"));
        using MemoryStream zip = new();
        using (ZipArchive archive = new(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("song.mp3", CompressionLevel.NoCompression).Open();
            entry.Write(File.ReadAllBytes(folder.File("inner.mp3")));
        }

        using MemoryStream bomb = new();
        using (GZipStream gzip = new(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(new byte[50 << 20]);
        }

        byte[] header = WebServer.Wav(0.1);
        byte[] zeroChannels = [.. header];
        zeroChannels[header.AsSpan().IndexOf("fmt "u8) + 10] = 0;
        byte[] random = new byte[100_000];
        new Random(1).NextBytes(random);

        (string Name, byte[] File, string Codes)[] files =
        [
            ("list.m3u8", Text($"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n"), "415"),
            ("net.m3u8", Text($"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"), "415"),
            ("bom.m3u8", [0xEF, 0xBB, 0xBF, .. Text($"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n")], "415"),
            ("hidden.m3u8", [.. Text($"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n"), 0, 0, 0], "415"),
            ("concat.txt", Text($"ffconcat version 1.0\nfile '{secret}'\n"), "415"),
            ("concat.mp3", [.. Text($"ffconcat version 1.0\nfile '{secret}'\n"), 0], "415"),
            ("manifest.mpd", Text($"<?xml version=\"1.0\"?><MPD><Period><BaseURL>http://127.0.0.1:{port}/</BaseURL></Period></MPD>"), "415"),
            ("picture.svg", Text($"<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"http://127.0.0.1:{port}/\"/></svg>"), "415"),
            ("page.html", Text("<!doctype html><script>alert(1)</script>"), "415"),
            ("session.sdp", Text($"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio {port} RTP/AVP 0\n"), "415"),
            ("song.zip.mp3", zip.ToArray(), "415"),
            ("bomb.gz", bomb.ToArray(), "415"),
            ("document.pdf", Text("%PDF-1.7 stream"), "415"),
            ("program", [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0], "415"),
            ("picture.png", [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 0], "415"),
            ("mute.mp4", File.ReadAllBytes(folder.File("mute.mp4")), "415"),
            ("zeros.wav", new byte[10_000], "415"),
            ("random.mp3", random, "415 422"),
            ("one.wav", [0], "415"),
            ("header.wav", header[..20], "415"),
            ("channels.wav", zeroChannels, "415"),
        ];
        await using WebServer server = await WebServer.StartAsync();
        List<string> wrong = [];
        foreach ((string name, byte[] file, string codes) in files)
        {
            using HttpResponseMessage response = await server.TryUploadAsync(file, name);
            string text = await response.Content.ReadAsStringAsync();
            if (!codes.Split(' ').Contains(((int)response.StatusCode).ToString()) || text.Contains("descant-audio-", StringComparison.Ordinal) || text.Contains(server.Options.Data, StringComparison.Ordinal))
            {
                wrong.Add($"{name}: expected {codes}, got {(int)response.StatusCode} {text}");
            }
        }

        Assert.Empty(wrong);
        Assert.False(bait.Pending(), "a file made the server connect somewhere");
        Assert.Equal(0, (await server.GetAsync("/api/v1/tracks")).GetProperty("total").GetInt32());
        Assert.Empty((await server.GetAsync("/api/v1/uploads")).EnumerateArray());
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Options.Data, "users"), "data", SearchOption.AllDirectories));
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task A_small_file_that_unfolds_to_hours_is_stopped_at_the_limit()
    {
        using AudioFolder folder = new();
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "3600", folder.File("silence.flac"));
        byte[] bomb = File.ReadAllBytes(folder.File("silence.flac"));
        Assert.True(bomb.Length < 1 << 20);
        await using WebServer server = await WebServer.StartAsync(options => options with { Limits = options.Limits with { DurationSeconds = 60 } });
        await ApiClient.ProblemAsync(await server.TryUploadAsync(bomb, "silence.flac"), 422, "too-long");

        // The same without a stated length: STREAMINFO's number of samples, the last 36 bits before the checksum, set to "unknown".
        bomb.AsSpan(22, 4).Clear();
        bomb[21] &= 0xF0;
        JsonElement track = await server.ReadyTrackAsync(bomb, "unknown.flac");
        Assert.Equal("failed", track.GetProperty("state").GetString());
        Assert.Equal("too-long", track.GetProperty("problem").GetProperty("code").GetString());
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Options.Data, "users"), "mixture.wav", SearchOption.AllDirectories));
        await ApiClient.ProblemAsync(await server.Client.PostAsJsonAsync("/api/v1/jobs", new { trackId = track.GetProperty("id").GetString() }), 422, "too-long");
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task A_small_file_whose_cover_unfolds_to_1536_megabytes_gets_no_memory_and_the_sound_is_read()
    {
        using AudioFolder folder = new();
        folder.Write("cover.png", VastPicture(width: 16_000, height: 16_000));
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "sine=r=44100:d=3", "-c:a", "flac", folder.File("plain.flac"));
        AudioFolder.Ffmpeg("-i", folder.File("plain.flac"), "-i", folder.File("cover.png"), "-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic", folder.File("song.flac"));

        using Process decoder = new BoundedFfmpeg().Decode(folder.File("song.flac"), 44100, 1, 10);
        Task<string> complaint = BoundedFfmpeg.FirstLineAsync(decoder.StandardError, CancellationToken.None);
        using MemoryStream sound = new();
        sound.WriteByte((byte)decoder.StandardOutput.BaseStream.ReadByte());
        string limits = File.ReadAllText($"/proc/{decoder.Id}/limits"); // it waits for us to read on
        await decoder.StandardOutput.BaseStream.CopyToAsync(sound);
        Assert.Matches(@"Max address space +1073741824 ", limits);
        Assert.Contains("get_buffer() failed", await complaint);
        Assert.Equal(3 * 44100 * sizeof(float), sound.Length);

        await using WebServer server = await WebServer.StartAsync();
        JsonElement track = await server.ReadyTrackAsync(File.ReadAllBytes(folder.File("song.flac")), "song.flac");
        Assert.Equal("ready", track.GetProperty("state").GetString());
        Assert.Equal(3 * 44100, track.GetProperty("mixture").GetProperty("samples").GetInt32());
    }

    [Fact]
    public async Task Scripts_in_titles_stay_text()
    {
        await using WebServer server = await WebServer.StartAsync();
        using HttpResponseMessage response = await server.TryUploadAsync(WebServer.Wav(0.2, title: "<img src=x onerror=alert(1)>\r\nSet-Cookie: a=b"), "\"><script>.wav");
        JsonElement track = await ApiClient.JsonAsync(response, HttpStatusCode.Created);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain('\n', track.GetProperty("title").GetString()!);
        JsonElement ready = await server.UntilAsync($"/api/v1/tracks/{track.GetProperty("id").GetString()}", now => now.GetProperty("state").GetString() == "ready");
        using HttpResponseMessage file = await server.Client.GetAsync(ready.GetProperty("mixture").GetProperty("url").GetString() + "/file");
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition?.DispositionType);
        Assert.False(file.Headers.Contains("Set-Cookie"));
        Assert.Equal("nosniff", file.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_client_that_sends_a_byte_now_and_then_is_cut_off_and_keeps_what_arrived()
    {
        await using WebServer server = await WebServer.StartAsync();
        string id = (await server.AnnounceAsync("slow.wav", 1000)).GetProperty("id").GetString()!;
        string head = $"PATCH /api/v1/uploads/{id} HTTP/1.1\r\nHost: {server.Address.Authority}\r\nContent-Type: {ApiClient.ChunkType}\r\nUpload-Offset: 0\r\nContent-Length: 1000\r\n\r\nabc";

        // Kestrel grants five seconds, then wants 240 bytes a second.
        string answer = await WebServer.RawAsync(server.Address, Encoding.ASCII.GetBytes(head));
        Assert.StartsWith("HTTP/1.1 408", answer);
        Assert.Equal(3, (await server.GetAsync($"/api/v1/uploads/{id}")).GetProperty("offset").GetInt32());
    }

    /// <summary>A black RGB picture as PNG: a thousandth of what it unfolds to.</summary>
    private static byte[] VastPicture(int width, int height)
    {
        using MemoryStream png = new();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (16, 2); // six bytes for each pixel: more than the bound alone, whatever a machine's libraries take of it
        Chunk("IHDR", header);
        using MemoryStream rows = new();
        using (ZLibStream zip = new(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] row = new byte[1 + (6 * width)];
            for (int y = 0; y < height; y++)
            {
                zip.Write(row);
            }
        }

        Chunk("IDAT", rows.ToArray());
        Chunk("IEND", []);
        return png.ToArray();

        void Chunk(string type, byte[] data)
        {
            byte[] number = new byte[4];
            byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            png.Write(number);
            png.Write(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
            png.Write(number);
        }
    }

    /// <summary>PNG's checksum (ISO 3309).</summary>
    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
            }
        }

        return ~crc;
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
