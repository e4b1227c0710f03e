using System.Text.Json;
using Descant.Audio;
using Descant.Web;
using Descant.Web.Jobs;
using Descant.Web.Library;
using Descant.Web.Uploads;

namespace Descant.Tests.Web;

/// <summary>Files that are made for downloading: how long they live, what they cost, and that they sound like the player.</summary>
public sealed class RenderTests
{
    [Fact]
    public async Task A_mix_that_is_kept_keeps_its_gain()
    {
        Clock clock = new();
        await using WebServer server = await WebServer.StartAsync(time: clock);
        string mix = await JobAsync(server, WebServer.Wav(0.5)) + "/mix?stem=vocals:4&stem=accompaniment:4";
        string gain = await GainAsync();
        Assert.True(double.Parse(gain) < 1);

        // Asked for again before two hours are over, it lives on, and all that belongs to it.
        clock.Ahead = TimeSpan.FromHours(1.5);
        Assert.Equal(gain, await GainAsync());
        clock.Ahead = TimeSpan.FromHours(2.5);
        await Service<Retention>(server).SweepAsync(CancellationToken.None);
        Assert.Equal(gain, await GainAsync());

        // A server that died between the two files, or a sweep of before, left one without the other.
        foreach (string file in Directory.EnumerateFiles(server.Options.Data, "*.gain", SearchOption.AllDirectories).ToArray())
        {
            File.Delete(file);
        }

        Assert.Equal(gain, await GainAsync());

        async Task<string> GainAsync()
        {
            using HttpResponseMessage response = await server.Client.GetAsync(mix);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
            return response.Headers.GetValues("X-Descant-Gain").Single();
        }
    }

    [Fact]
    public async Task The_mix_of_a_mono_song_is_what_the_player_plays()
    {
        await using WebServer server = await WebServer.StartAsync();
        string url = await JobAsync(server, WebServer.Wav(1, channels: 1));
        float[] vocals = Assert.Single(await ReadAsync(server, url + "/stems/vocals/file"));
        float[] rest = Assert.Single(await ReadAsync(server, url + "/stems/accompaniment/file"));
        foreach (double pan in new[] { -1, -0.5, 0.25, 1 })
        {
            float[][] mix = await ReadAsync(server, $"{url}/mix?stem=vocals:0.3:{pan}&stem=accompaniment:0.2:0");

            // The player gives every lane two channels (laneAudio.ts), here equal ones, and then StereoPannerNode's equations for stereo.
            double x = (pan <= 0 ? pan + 1 : pan) * Math.PI / 2;
            (double left, double right) = pan <= 0 ? (1 + Math.Cos(x), Math.Sin(x)) : (Math.Cos(x), 1 + Math.Sin(x));
            for (int i = 0; i < vocals.Length; i++)
            {
                Assert.Equal((0.3 * left * vocals[i]) + (0.2 * rest[i]), mix[0][i], 1.01 / 65536);
                Assert.Equal((0.3 * right * vocals[i]) + (0.2 * rest[i]), mix[1][i], 1.01 / 65536);
            }
        }
    }

    [Fact]
    public async Task Waiting_for_files_is_limited_and_what_nobody_waits_for_is_not_made()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Limits = options.Limits with { QueuedRenders = 1 } });
        Renders renders = Service<Renders>(server);
        (TrackRecord track, Source song) = await SongAsync(server, 960); // a mix takes seconds: the thread pool may keep this test waiting for one
        using CancellationTokenSource first = new(), second = new();
        Task<(string, double)> made = MixAsync(0.01, first.Token);
        Task<(string, double)> shared = MixAsync(0.01, second.Token);
        await RefusedAsync(429, "too-many-renders", () => MixAsync(0.02, CancellationToken.None));

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => made);
        await RefusedAsync(429, "too-many-renders", () => MixAsync(0.02, CancellationToken.None)); // the other one still waits
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shared);

        // As much work again, after which the first would be done too, had it gone on beside this one.
        (string file, _) = await MixAsync(0.02, CancellationToken.None);
        Assert.Equal([file, file + ".gain"], Directory.GetFiles(Path.GetDirectoryName(file)!).Order());

        Task<(string, double)> MixAsync(double gain, CancellationToken cancellation) =>
            renders.MixAsync("local", [.. Enumerable.Repeat(new StemLevel(song, gain, 0.5), 32)], track, AudioContainer.Wav, cancellation);
    }

    [Fact]
    public async Task Files_for_downloading_need_room_like_everything_else()
    {
        // A song of half a second takes 16 kB, and so does a mix of it: one fits, two do not.
        await using WebServer server = await WebServer.StartAsync(options => options with { Limits = options.Limits with { QuotaBytes = 46_000 } });
        (TrackRecord track, Source song) = await SongAsync(server, 0.5);
        Renders renders = Service<Renders>(server);
        await MixAsync(renders, 0.1);
        await RefusedAsync(507, "quota", () => MixAsync(renders, 0.2));
        await MixAsync(renders, 0.1); // it is there

        ServerOptions full = server.Options with { Limits = new Limits { FreeBytes = long.MaxValue / 2 } };
        LibraryUsage usage = new(Service<DataFolder>(server), Service<TrackStore>(server), Service<JobStore>(server), Service<UploadStore>(server), full);
        using Renders without = new(Service<BoundedFfmpeg>(server), usage, full, TimeProvider.System);
        await RefusedAsync(507, "quota", () => MixAsync(without, 0.2));

        Task<(string, double)> MixAsync(Renders by, double gain) => by.MixAsync("local", [new StemLevel(song, gain, 0)], track, AudioContainer.Wav, CancellationToken.None);
    }

    private static T Service<T>(WebServer server) => (T)server.Services.GetService(typeof(T))!;

    private static async Task RefusedAsync(int status, string code, Func<Task> work)
    {
        Problem problem = await Assert.ThrowsAsync<Problem>(work);
        Assert.Equal((status, code), (problem.Status, problem.Code));
    }

    private static async Task<(TrackRecord Track, Source Song)> SongAsync(WebServer server, double seconds)
    {
        string id = (await server.ReadyTrackAsync(WebServer.Wav(seconds, channels: 1))).GetProperty("id").GetString()!;
        TrackStore tracks = Service<TrackStore>(server);
        return (tracks.Get("local", id), tracks.Mixture("local", id)!);
    }

    // The address of a job that is done.
    private static async Task<string> JobAsync(WebServer server, byte[] song)
    {
        JsonElement track = await server.ReadyTrackAsync(song);
        JsonElement job = await server.EndOfJobAsync((await server.JobAsync(track.GetProperty("id").GetString()!)).GetProperty("id").GetString()!);
        Assert.Equal("done", job.GetProperty("state").GetString());
        return $"/api/v1/jobs/{job.GetProperty("id").GetString()}";
    }

    private static async Task<float[][]> ReadAsync(WebServer server, string address)
    {
        using WavReader reader = WavReader.Open(new MemoryStream(await server.Client.GetByteArrayAsync(address)), "download");
        return AudioClip.ReadToEnd(reader).Channels;
    }
}
