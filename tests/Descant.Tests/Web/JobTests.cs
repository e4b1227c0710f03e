using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Descant.Models;
using Descant.Web;
using Descant.Web.Events;
using Descant.Web.Jobs;
using Descant.Web.Library;

namespace Descant.Tests.Web;

/// <summary>Queueing, cancelling, repeating, restarting.</summary>
public sealed class JobTests
{
    // Ten shifts make the tiny model slow enough to be caught at work.
    private static readonly object s_slow = new { shifts = 10, overlap = 0.9 };

    [Fact]
    public async Task Waiting_and_running_jobs_are_cancelled_and_repeated()
    {
        await using WebServer server = await WebServer.StartAsync();
        string slow = Id(await server.ReadyTrackAsync(WebServer.Wav(240)));
        string other = Id(await server.ReadyTrackAsync(WebServer.Wav(1)));
        string running = Id(await server.JobAsync(slow, s_slow));
        await server.UntilAsync($"/api/v1/jobs/{running}", job => job.GetProperty("stage").GetString() == "separating");
        JsonElement waiting = await server.JobAsync(other);
        Assert.Equal("queued", State(waiting));
        Assert.Equal(1, waiting.GetProperty("position").GetInt32());
        await ApiClient.ProblemAsync(await server.Client.PostAsync($"/api/v1/jobs/{running}/retry", null), 409, "not-finished");

        Assert.Equal("cancelled", State(await server.PostAsync($"/api/v1/jobs/{Id(waiting)}/cancel")));
        Assert.Equal("cancelled", State(await server.PostAsync($"/api/v1/jobs/{running}/cancel")));
        Assert.Equal("cancelled", State(await server.PostAsync($"/api/v1/jobs/{running}/cancel")));

        // The machine is free again, and nothing of the cancelled attempt stays.
        JsonElement repeated = await server.PostAsync($"/api/v1/jobs/{Id(waiting)}/retry", null, HttpStatusCode.Created);
        Assert.Equal(Id(waiting), repeated.GetProperty("retryOf").GetString());
        await server.GetAsync($"/api/v1/jobs/{Id(waiting)}", HttpStatusCode.NotFound);
        Assert.Equal("done", State(await server.EndOfJobAsync(Id(repeated))));
        Assert.Empty(Directory.GetDirectories(Path.Combine(server.Options.Data, "users", "local", "jobs", running)));
        await ApiClient.ProblemAsync(await server.Client.PostAsync($"/api/v1/jobs/{Id(repeated)}/cancel", null), 409, "finished");
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Options.Data, "queue")));
    }

    [Fact]
    public async Task Jobs_that_make_no_sense_are_refused()
    {
        await using WebServer server = await WebServer.StartAsync();
        string track = Id(await server.ReadyTrackAsync(WebServer.Wav(0.3)));
        await Refused(new { trackId = track, model = "../vocals" }, "unknown-model");
        await Refused(new { trackId = track, model = "/etc/passwd" }, "unknown-model");
        await Refused(new { trackId = track, stems = new[] { "drums" } }, "unknown-stem");
        await Refused(new { trackId = track, options = new { shifts = 11 } }, "bad-options");
        await Refused(new { trackId = track, options = new { overlap = 0.95 } }, "bad-options");
        JsonElement some = await server.PostAsync("/api/v1/jobs", new { trackId = track, stems = new[] { "vocals" } }, HttpStatusCode.Created);
        JsonElement done = await server.EndOfJobAsync(Id(some));
        Assert.Equal("vocals", Assert.Single(done.GetProperty("stems").EnumerateArray().ToArray()).GetProperty("name").GetString());

        async Task Refused(object body, string code) => await ApiClient.ProblemAsync(await server.Client.PostAsJsonAsync("/api/v1/jobs", body), 422, code);
    }

    [Fact]
    public async Task A_restart_goes_on_with_everything_that_was_not_finished()
    {
        using TemporaryFolder folder = new();
        string running, waiting;
        await using (WebServer server = await WebServer.StartInAsync(folder))
        {
            string track = Id(await server.ReadyTrackAsync(WebServer.Wav(60)));
            running = Id(await server.JobAsync(track, new { shifts = 10, overlap = 0.5 }));
            waiting = Id(await server.JobAsync(track));
            await server.UntilAsync($"/api/v1/jobs/{running}", job => job.GetProperty("stage").GetString() == "separating");
        }

        await using WebServer again = await WebServer.StartInAsync(folder);
        Assert.Contains(State(await again.GetAsync($"/api/v1/jobs/{running}")), new[] { "queued", "running" });
        Assert.Equal("done", State(await again.EndOfJobAsync(running)));
        Assert.Equal("done", State(await again.EndOfJobAsync(waiting)));
        Assert.Single(Directory.GetDirectories(Path.Combine(again.Options.Data, "users", "local", "jobs", running)));
    }

    [Fact]
    public async Task A_song_that_kills_the_server_three_times_is_given_up()
    {
        using TemporaryFolder folder = new();
        string job;
        await using (WebServer server = await WebServer.StartInAsync(folder, options => options with { Jobs = 0 }))
        {
            job = Id(await server.JobAsync(Id(await server.ReadyTrackAsync(WebServer.Wav(0.3)))));
            JobStore store = (JobStore)server.Services.GetService(typeof(JobStore))!;
            store.SetProgress("local", job, new ProgressRecord { Attempts = 3, Stage = JobStage.Separating, Fraction = 0.5, Started = DateTimeOffset.UtcNow });
        }

        await using WebServer again = await WebServer.StartInAsync(folder);
        JsonElement ended = await again.EndOfJobAsync(job);
        Assert.Equal("failed", State(ended));
        Assert.Equal("crashed", ended.GetProperty("problem").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Users_take_turns_and_full_queues_push_back()
    {
        Dictionary<string, string> tokens = new() { ["alice-secret-0001"] = "alice", ["bob-secret-00002"] = "bob" };
        await using WebServer server = await WebServer.StartAsync(options => options with { Tokens = tokens, Jobs = 0, Limits = options.Limits with { QueuedJobs = 4 } });
        Dictionary<string, string> owners = [];
        foreach ((string token, int count) in new[] { ("alice-secret-0001", 4), ("bob-secret-00002", 2) })
        {
            server.Client.DefaultRequestHeaders.Authorization = new("Bearer", token);
            string track = Id(await server.ReadyTrackAsync(WebServer.Wav(0.2)));
            for (int i = 0; i < count; i++)
            {
                owners[Id(await server.JobAsync(track, new { shifts = i + 1 }))] = tokens[token];
            }
        }

        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "alice-secret-0001");
        string full = Id((await server.GetAsync("/api/v1/tracks")).GetProperty("items")[0]);
        using HttpResponseMessage refused = await server.Client.PostAsJsonAsync("/api/v1/jobs", new { trackId = full, options = new { shifts = 9 } });
        Assert.NotNull(refused.Headers.RetryAfter);
        await ApiClient.ProblemAsync(refused, 429, "queue-full");

        JobQueue queue = (JobQueue)server.Services.GetService(typeof(JobQueue))!;
        Assert.Equal(["alice", "bob", "alice", "bob", "alice", "alice"], queue.Entries().Select(entry => owners[entry.JobId]));
        JsonElement[] jobs = [.. (await server.GetAsync("/api/v1/jobs?state=queued")).GetProperty("items").EnumerateArray()];
        Assert.Equal([1, 3, 5, 6], jobs.Select(job => job.GetProperty("position").GetInt32()).Order());
    }

    [Fact]
    public async Task Exactly_one_attempt_is_published_whoever_is_late()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Jobs = 0 });
        string id = Id(await server.JobAsync(Id(await server.ReadyTrackAsync(WebServer.Wav(0.2)))));
        JobStore store = (JobStore)server.Services.GetService(typeof(JobStore))!;
        OutcomeRecord[] outcomes = [.. Enumerable.Range(0, 16).Select(i => new OutcomeRecord { State = i % 2 == 0 ? JobState.Done : JobState.Cancelled, Folder = $"stems-{i}", Finished = DateTimeOffset.UtcNow })];
        bool[] won = await Task.WhenAll(outcomes.Select(outcome => Task.Run(() => store.TryEnd("local", id, outcome))));
        Assert.Equal(1, won.Count(first => first));
        Assert.Equal(outcomes[Array.IndexOf(won, true)].Folder, store.Outcome("local", id)!.Folder);
    }

    [Fact]
    public async Task Streams_replay_what_was_missed_and_say_when_they_cannot()
    {
        await using WebServer server = await WebServer.StartAsync();
        string lastId;
        using (EventStream first = await EventStream.OpenAsync(server.Client))
        {
            Assert.False((await first.UntilAsync("hello")).GetProperty("replayed").GetBoolean());
            await server.AnnounceAsync("a.wav", 10);
            await first.UntilAsync("upload");
            lastId = first.LastId!;
        }

        await server.AnnounceAsync("b.wav", 10);
        string c = Id(await server.AnnounceAsync("c.wav", 10));
        await server.Client.DeleteAsync($"/api/v1/uploads/{c}");
        using EventStream second = await EventStream.OpenAsync(server.Client, lastId);
        Assert.True((await second.UntilAsync("hello")).GetProperty("replayed").GetBoolean());
        Assert.Equal("b.wav", (await second.UntilAsync("upload")).GetProperty("name").GetString());
        Assert.Equal("c.wav", (await second.UntilAsync("upload")).GetProperty("name").GetString());
        Assert.Equal(c, Id(await second.UntilAsync("upload-removed")));

        using EventStream stranger = await EventStream.OpenAsync(server.Client, "deadbeef-1");
        Assert.False((await stranger.UntilAsync("hello")).GetProperty("replayed").GetBoolean());
        await ApiClient.JsonAsync(await server.Client.GetAsync("/api/v1/uploads"));
    }

    [Fact]
    public async Task What_runs_is_described_counted_and_checked()
    {
        await using WebServer server = await WebServer.StartAsync();
        await server.EndOfJobAsync(Id(await server.JobAsync(Id(await server.ReadyTrackAsync(WebServer.Wav(0.3))))));
        JsonElement document = await server.GetAsync("/openapi/v1.json");
        string[] paths = [.. document.GetProperty("paths").EnumerateObject().Select(path => path.Name)];
        Assert.Contains("/api/v1/uploads/{id}", paths);
        Assert.Contains("/api/v1/jobs/{id}/mix", paths);
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.Contains("descant_jobs_ended_total{state=\"done\"} 1\n", metrics);
        Assert.Contains("descant_uploads_finished_total{accepted=\"true\"} 1\n", metrics);
        Assert.Contains("http_server_request_duration_seconds_count", metrics);
        JsonElement model = Assert.Single((await server.GetAsync("/api/v1/models")).EnumerateArray().ToArray());
        Assert.Equal(ModelLibrary.DefaultName, model.GetProperty("name").GetString());
        Assert.Equal(["vocals", "accompaniment"], model.GetProperty("stems").EnumerateArray().Select(stem => stem.GetString()!));
        Assert.Equal("ready", (await server.GetAsync("/ready")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Jobs_of_a_song_that_cannot_be_decoded_or_is_gone_end()
    {
        // A WAV file of 44 bytes: a header, and no samples.
        byte[] empty =
        [
            .. "RIFF"u8, 36, 0, 0, 0, .. "WAVEfmt "u8, 16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3E, 0, 0, 0, 0x7D, 0, 0, 2, 0, 16, 0, .. "data"u8, 0, 0, 0, 0,
        ];
        using TemporaryFolder folder = new();
        JobRecord stuck, orphan;
        await using (WebServer server = await WebServer.StartInAsync(folder))
        {
            JobStore store = Service<JobStore>(server);
            JobQueue queue = Service<JobQueue>(server);
            string track = Id(await server.ReadyTrackAsync(empty));
            await ApiClient.ProblemAsync(await server.Client.PostAsJsonAsync("/api/v1/jobs", new { trackId = track }), 422, "damaged");

            // One that was asked for while the song was being read, and failed with it.
            JobRecord failed = Job(track);
            store.Add("local", failed);
            store.TryEnd("local", failed.Id, new OutcomeRecord { State = JobState.Failed, Finished = DateTimeOffset.UtcNow, Problem = new Failure("damaged", "It is damaged.") });
            await ApiClient.ProblemAsync(await server.Client.PostAsync($"/api/v1/jobs/{failed.Id}/retry", null), 422, "damaged");
            Assert.Equal("failed", State(await server.GetAsync($"/api/v1/jobs/{failed.Id}")));

            // One that came after the preparation had looked for waiting jobs.
            JobRecord late = Job(track);
            Assert.False(await queue.AddAsync("local", late));
            await Service<JobRunner>(server).EndHopelessAsync("local", late);
            await FailedAsync(server, late, "damaged");

            // Those that only a look at all folders finds.
            stuck = Job(track);
            orphan = Job(Identifier.Create());
            store.Add("local", stuck);
            store.Add("local", orphan);
        }

        await using WebServer again = await WebServer.StartInAsync(folder);
        await FailedAsync(again, stuck, "damaged");
        await FailedAsync(again, orphan, "not-found");
        Assert.Empty(Directory.GetFiles(Path.Combine(again.Options.Data, "queue")));

        static async Task FailedAsync(WebServer server, JobRecord job, string code)
        {
            JsonElement ended = await server.GetAsync($"/api/v1/jobs/{job.Id}");
            Assert.Equal("failed", State(ended));
            Assert.Equal(code, ended.GetProperty("problem").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task A_disk_that_fills_up_is_named()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // /dev/full, which refuses every byte as a full disk does, is Linux's
        }

        Assert.True(Problem.IsDiskFull(Assert.ThrowsAny<IOException>(() => File.WriteAllBytes("/dev/full", [1]))));
        await using WebServer server = await WebServer.StartAsync();
        string job = Id(await server.JobAsync(Id(await server.ReadyTrackAsync(WebServer.Wav(20))), new { shifts = 10, overlap = 0.5 }));
        await server.UntilAsync($"/api/v1/jobs/{job}", now => now.GetProperty("stage").GetString() == "separating");
        string attempt = Directory.GetDirectories(Path.Combine(server.Options.Data, "users", "local", "jobs", job), "stems-*").Single();
        File.CreateSymbolicLink(Path.Combine(attempt, "0.peaks"), "/dev/full");
        JsonElement problem = (await server.EndOfJobAsync(job)).GetProperty("problem");
        Assert.Equal("quota", problem.GetProperty("code").GetString());
        Assert.Equal("The server's disk is full.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_queue_that_cannot_be_read_for_a_moment_stops_nothing()
    {
        await using WebServer server = await WebServer.StartAsync(options => options with { Jobs = 0 });
        QueueAnnouncer announcer = Service<QueueAnnouncer>(server);
        string track = Id(await server.ReadyTrackAsync(WebServer.Wav(0.2)));
        string queue = Path.Combine(server.Options.Data, "queue");
        Directory.Move(queue, queue + "-away");
        announcer.Signal();
        await Task.Delay(TimeSpan.FromSeconds(1.5)); // it looks half a second later
        Directory.Move(queue + "-away", queue);
        Assert.False(announcer.ExecuteTask!.IsCompleted);

        string first = Id(await server.JobAsync(track));
        string second = Id(await server.JobAsync(track, new { shifts = 2 }));
        using EventStream events = await EventStream.OpenAsync(server.Client);
        await events.UntilAsync("hello");
        await server.PostAsync($"/api/v1/jobs/{first}/cancel");
        await events.UntilAsync("job", job => Id(job) == second && job.GetProperty("position").GetInt32() == 1);
    }

    [Fact]
    public async Task A_server_that_a_failure_of_its_own_stops_ends_with_an_error()
    {
        using TemporaryFolder folder = new();
        WebServer.WriteModel(folder["models"]);
        await using DescantServer server = await DescantServer.StartAsync(
            new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = folder["data"], Models = new ModelLibrary([folder["models"]]), Jobs = 0 });
        ((EventHub)server.Services.GetService(typeof(EventHub))!).Relay = _ => throw new InvalidOperationException("a mistake");
        await ((JobQueue)server.Services.GetService(typeof(JobQueue))!).AddAsync("local", Job(Identifier.Create()));
        ((QueueAnnouncer)server.Services.GetService(typeof(QueueAnnouncer))!).Signal();
        IOException error = await Assert.ThrowsAsync<IOException>(() => server.RunAsync(CancellationToken.None).WaitAsync(WebServer.Patience));
        Assert.Contains("QueueAnnouncer", error.Message);
        Assert.Contains("a mistake", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static JobRecord Job(string track) => new()
    {
        Id = Identifier.Create(),
        TrackId = track,
        Model = ModelLibrary.DefaultName,
        Stems = ["vocals"],
        Options = new JobOptions(),
        Created = DateTimeOffset.UtcNow,
        Turn = 0,
    };

    private static T Service<T>(WebServer server) => (T)server.Services.GetService(typeof(T))!;

    private static string Id(JsonElement thing) => thing.GetProperty("id").GetString()!;

    private static string State(JsonElement job) => job.GetProperty("state").GetString()!;
}
