using System.Text.Json;

namespace Descant.Tests.Web;

/// <summary>Servers and workers that share a real PostgreSQL and a folder.</summary>
public sealed class ClusterTests
{
    [Fact]
    [Trait("Needs", "postgresql")]
    public async Task A_dead_workers_job_is_finished_by_the_other_once_and_cancelling_crosses_machines()
    {
        using PostgresCluster postgres = new();
        using TemporaryFolder folder = new();
        string[] database = ["--postgres", postgres.ConnectionString];
        using ServerProcess server = await ServerProcess.StartAsync(folder, "serve", [.. database, "--jobs", "0"]);
        using ServerProcess first = await ServerProcess.StartAsync(folder, "worker", database);
        using ServerProcess second = await ServerProcess.StartAsync(folder, "worker", database);
        using EventStream events = await EventStream.OpenAsync(server.Api.Client);
        await events.UntilAsync("hello");

        string track = Id(await server.Api.ReadyTrackAsync(WebServer.Wav(20)));
        string job = Id(await server.Api.JobAsync(track, new { shifts = 10, overlap = 0.5 }));

        // Progress made elsewhere arrives here.
        await events.UntilAsync("job", data => Id(data) == job && data.GetProperty("stage").GetString() == "separating");
        ServerProcess busy = first.Log.Contains($"job {job} of", StringComparison.Ordinal) ? first : second;
        ServerProcess idle = busy == first ? second : first;
        busy.KillHard();
        JsonElement done = await server.Api.EndOfJobAsync(job);
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.Contains($"job {job} of local started", idle.Log);
        Assert.Contains("attempt 2", idle.Log);
        // What the dead worker left goes away once the job is done; until then a worker that is only slow may still write there.
        string jobFolder = Path.Combine(folder["data"], "users", "local", "jobs", job);
        for (int i = 0; i < 200 && Directory.GetDirectories(jobFolder, "stems-*").Length > 1; i++)
        {
            await Task.Delay(50);
        }

        Assert.Single(Directory.GetDirectories(jobFolder, "stems-*"));
        Assert.Equal(20 * 16000, done.GetProperty("stems")[0].GetProperty("samples").GetInt32());

        string endless = Id(await server.Api.JobAsync(track, new { shifts = 10, overlap = 0.89 }));
        await events.UntilAsync("job", data => Id(data) == endless && data.GetProperty("stage").GetString() == "separating");
        Assert.Equal("cancelled", (await server.Api.PostAsync($"/api/v1/jobs/{endless}/cancel")).GetProperty("state").GetString());
        string next = Id(await server.Api.JobAsync(track));
        Assert.Equal("done", (await server.Api.EndOfJobAsync(next)).GetProperty("state").GetString());
        Assert.Contains($"job {endless} stopped: it was cancelled", idle.Log);
        Assert.Equal("ready", (await new ApiClient(idle.Api.Address).GetAsync("/ready")).GetProperty("status").GetString());
        Assert.Equal(0, idle.Terminate());
        Assert.Equal(0, server.Terminate());
    }

    [Fact]
    [Trait("Needs", "postgresql")]
    public async Task Two_servers_share_library_events_and_work_and_the_one_that_lives_goes_on()
    {
        using PostgresCluster postgres = new();
        using TemporaryFolder folder = new();
        string[] database = ["--postgres", postgres.ConnectionString, "--jobs", "1"];
        using ServerProcess here = await ServerProcess.StartAsync(folder, "serve", database);
        using ServerProcess there = await ServerProcess.StartAsync(folder, "serve", database);
        using EventStream before = await EventStream.OpenAsync(there.Api.Client);
        await before.UntilAsync("hello");

        // Where the line between servers was down, clients are sent to look at everything anew.
        postgres.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
        while ((await before.NextAsync()).Name != "end")
        {
            // What was announced meanwhile.
        }

        using EventStream events = await EventStream.OpenAsync(there.Api.Client, before.LastId);
        Assert.False((await events.UntilAsync("hello")).GetProperty("replayed").GetBoolean());

        // What one server takes in, the other lists, plays and tells of.
        string track = Id(await here.Api.ReadyTrackAsync(WebServer.Wav(20)));
        await events.UntilAsync("track", data => Id(data) == track && data.GetProperty("state").GetString() == "ready");
        JsonElement mixture = (await there.Api.GetAsync($"/api/v1/tracks/{track}")).GetProperty("mixture");
        Assert.Equal(
            await here.Api.Client.GetByteArrayAsync(mixture.GetProperty("url").GetString() + "/file"),
            await there.Api.Client.GetByteArrayAsync(mixture.GetProperty("url").GetString() + "/file"));

        // Jobs from both sides, each done once, by whichever is free.
        List<string> jobs = [];
        for (int i = 0; i < 6; i++)
        {
            jobs.Add(Id(await (i % 2 == 0 ? here : there).Api.JobAsync(track, new { shifts = 4 + i, overlap = 0.5 })));
        }

        foreach (string job in jobs)
        {
            Assert.Equal("done", (await here.Api.EndOfJobAsync(job)).GetProperty("state").GetString());
            Assert.Equal(1, Starts(here, job) + Starts(there, job));
        }

        Assert.InRange(jobs.Sum(job => Starts(here, job)), 1, 5);

        // A job on the other machine ends at a word said here; one of a dead server is finished by the living.
        string endless = Id(await there.Api.JobAsync(track, new { shifts = 10, overlap = 0.89 }));
        await events.UntilAsync("job", data => Id(data) == endless && data.GetProperty("stage").GetString() == "separating");
        (ServerProcess busy, ServerProcess idle) = Starts(here, endless) > 0 ? (here, there) : (there, here);
        await idle.Api.PostAsync($"/api/v1/jobs/{endless}/cancel");
        string orphan = Id(await idle.Api.JobAsync(track, new { shifts = 10, overlap = 0.5 }));
        await idle.Api.UntilAsync($"/api/v1/jobs/{orphan}", job => job.GetProperty("stage").GetString() == "separating");
        (busy, idle) = Starts(here, orphan) > 0 ? (here, there) : (there, here);
        busy.KillHard();
        Assert.Equal("done", (await idle.Api.EndOfJobAsync(orphan)).GetProperty("state").GetString());
        Assert.Equal(1, Starts(idle, orphan));
        Assert.Equal("cancelled", (await idle.Api.GetAsync($"/api/v1/jobs/{endless}")).GetProperty("state").GetString());
        Assert.Equal(0, idle.Terminate());
    }

    private static int Starts(ServerProcess server, string job) => server.Log.Split($"job {job} of local started").Length - 1;

    private static string Id(JsonElement thing) => thing.GetProperty("id").GetString()!;
}
