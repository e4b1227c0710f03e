using System.IO.Compression;
using System.Text.Json.Nodes;
using Descant.Audio;
using Descant.Tests.Audio;
using Descant.Web.Jobs;
using Descant.Web.Library;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Descant.Tests.Web.Page;

/// <summary>What a visitor does, from the empty page to the files on the disk.</summary>
[Trait("Needs", "browser")]
[Collection(BrowserTests.Name)]
public sealed class FlowTests(Browser browser)
{
    [Fact]
    public async Task FromAFileToItsStemsAndBackOutOfTheLibrary()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url, new BrowserNewContextOptions { ReducedMotion = ReducedMotion.Reduce });
        IPage page = visitor.Page;
        await Expect(page.GetByText("Your songs will be listed here.")).ToBeVisibleAsync();
        await Screenshots.TakeAsync(page, "start");

        await page.GetByTestId("files").SetInputFilesAsync(PageServer.Moonlight);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("oonlight", new() { IgnoreCase = true });
        await DrawnAsync(page, lanes: 1);
        await Screenshots.TakeAsync(page, "choose");

        await page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Group, new() { Name = "Vocals" })).ToBeVisibleAsync(new() { Timeout = Visitor.Patience });
        await DrawnAsync(page, lanes: 3);

        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        await page.WaitForFunctionAsync("() => Number(document.querySelector('input.position').value) > 1");
        await Screenshots.TakeAsync(page, "player");
        await page.GetByRole(AriaRole.Button, new() { Name = "Original", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Original", Exact = true })).ToHaveAttributeAsync("aria-pressed", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "Mix", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Spectrogram" }).ClickAsync();
        await DrawnAsync(page, lanes: 3);
        await Screenshots.TakeAsync(page, "spectrogram");
        await page.GetByRole(AriaRole.Button, new() { Name = "Spectrogram" }).ClickAsync();

        await DownloadsAsync(page);
        await LibraryAsync(page);
        visitor.AssertNoErrors();
    }

    /// <summary>A recorded song as people have them: an MP3 with tags. Its true stems tell whether what comes down is the voice.</summary>
    [Fact]
    [Trait("Needs", "ffmpeg")]
    public async Task ARecordedSongGoesInAsMp3AndItsVoiceComesOut()
    {
        if (Checkout.Shared("data/eval/waveform-playlist") is not { } song)
        {
            return; // without ../shared there is no recorded song
        }

        using AudioFolder folder = new();
        AudioFolder.Ffmpeg("-i", Path.Combine(song, "vocals.opus"), "-ar", "44100", folder.File("truth.wav"));
        AudioFolder.Ffmpeg(
            "-i", Path.Combine(song, "vocals.opus"), "-i", Path.Combine(song, "accompaniment.opus"), "-filter_complex", "amix=inputs=2:normalize=0",
            "-ar", "44100", "-b:a", "256k", "-metadata", "title=Whiskey Breath", "-metadata", "artist=A band", folder.File("song.mp3"));
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url, new BrowserNewContextOptions { ReducedMotion = ReducedMotion.Reduce });
        IPage page = visitor.Page;
        await page.GetByTestId("files").SetInputFilesAsync(folder.File("song.mp3"));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Whiskey Breath");
        await DrawnAsync(page, lanes: 1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Separate", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Group, new() { Name = "Vocals" })).ToBeVisibleAsync(new() { Timeout = Visitor.Patience });
        await DrawnAsync(page, lanes: 3);
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        await page.WaitForFunctionAsync("() => Number(document.querySelector('input.position').value) > 1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync();
        float[][] vocals = Read(await SaveAsync(page, "Vocals", folder.File("vocals.wav")));
        AudioFolder.Ffmpeg("-i", folder.File("song.mp3"), "-c:a", "pcm_f32le", folder.File("mixture.wav"));
        float[][] mixture = Read(folder.File("mixture.wav"));
        float[][] truth = Read(folder.File("truth.wav"));

        Assert.Equal(mixture[0].Length, vocals[0].Length);
        double before = Sdr(truth, mixture), after = Sdr(truth, vocals);
        Assert.True(after > before + 5, $"the mixture has an SDR of {before:F2} dB, the vocals that came down of {after:F2} dB");
        visitor.AssertNoErrors();
    }

    /// <summary>10 log10 of the reference's energy over the error's, of all channels, as far as both reach.</summary>
    private static double Sdr(float[][] reference, float[][] estimate)
    {
        double signal = 0, error = 0;
        foreach ((float[] s, float[] e) in reference.Zip(estimate))
        {
            foreach ((float a, float b) in s.Zip(e))
            {
                signal += (double)a * a;
                error += ((double)a - b) * ((double)a - b);
            }
        }

        return 10 * Math.Log10(signal / error);
    }

    private static async Task DownloadsAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Mute Vocals" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync();
        await Screenshots.TakeAsync(page, "download");
        await RefusedDownloadAsync(page);
        using TemporaryFolder folder = new();
        string stem = await SaveAsync(page, "Accompaniment", folder["stem.wav"]);
        string mix = await SaveAsync(page, "Your mix", folder["mix.wav"]);
        string zip = await SaveAsync(page, "All stems", folder["stems.zip"]);

        float[][] accompaniment = Read(stem);
        float[][] heard = Read(mix);
        Assert.Equal(2, accompaniment.Length);
        Assert.Equal(Read(PageServer.Moonlight)[0].Length, accompaniment[0].Length);
        Assert.Equal(accompaniment[0].Length, heard[0].Length);
        // With the voice muted the mix is the accompaniment, rounded to 16 bits (and dithered) once more.
        for (int channel = 0; channel < 2; channel++)
        {
            Assert.True(accompaniment[channel].Zip(heard[channel], (a, b) => Math.Abs(a - b)).Max() <= 2.5f / 32768);
        }

        using ZipArchive archive = ZipFile.OpenRead(zip);
        Assert.Equal(2, archive.Entries.Count(entry => entry.Name.EndsWith(".wav", StringComparison.Ordinal)));
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    private static async Task RefusedDownloadAsync(IPage page)
    {
        const string Archive = "**/zip*";
        await page.RouteAsync(Archive, route => route.FulfillAsync(Refusal(507, "quota", "There is no room for it.")));
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Link, new() { NameRegex = new("^All stems") }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToHaveTextAsync("There is no room for it.");
        await page.UnrouteAsync(Archive);
    }

    private static async Task LibraryAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Library" }).ClickAsync();
        ILocator rows = page.Locator(".song");
        await Expect(rows).ToHaveCountAsync(1);
        await Screenshots.TakeAsync(page, "library");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Edit") }).ClickAsync();
        // A title is text, whatever is in it.
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("<b>Clair</b> de lune");
        await page.GetByLabel("Artist", new() { Exact = true }).FillAsync("Débussy");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(rows).ToContainTextAsync("<b>Clair</b> de lune");
        await Expect(rows).ToContainTextAsync("expires in 29 days");
        await page.GetByPlaceholder("Search").FillAsync("nothing of the kind");
        await Expect(page.GetByText("Nothing matches")).ToBeVisibleAsync();
        await page.GetByPlaceholder("Search").FillAsync("débus");
        await Expect(rows).ToHaveCountAsync(1);
        await page.ReloadAsync();
        await Expect(rows).ToContainTextAsync("Débussy");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Delete") }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.GetByText("Your songs will be listed here.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task FilesThatAreRefusedSayWhy()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with { Limits = options.Limits with { UploadBytes = 2_000_000 } });
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage page = visitor.Page;
        await Expect(page.GetByText("Up to 2.0 MB")).ToBeVisibleAsync();
        await page.GetByTestId("files").SetInputFilesAsync([
            Essay("essay.mp3"),
            new FilePayload { Name = "nothing.wav", MimeType = "audio/wav", Buffer = [] },
            new FilePayload { Name = "opera.wav", MimeType = "audio/wav", Buffer = new byte[2_000_001] },
        ]);

        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("“nothing.wav” is empty.");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("“opera.wav” is too large");
        ILocator essay = page.Locator(".upload", new() { HasText = "essay.mp3" });
        await Expect(essay.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(essay.GetByRole(AriaRole.Button)).ToHaveCountAsync(1);
        await essay.GetByRole(AriaRole.Button, new() { Name = "Dismiss essay.mp3" }).ClickAsync();
        await Expect(essay).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task AServerWithoutFfmpegIsSentOnlyWav()
    {
        await using PageServer server = await PageServer.StartAsync();
        int announced = 0;
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: async context =>
        {
            context.Request += (_, request) =>
            {
                if (request.Method == "POST" && request.Url.EndsWith("/api/v1/uploads", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref announced);
                }
            };
            await context.RouteAsync("**/api/v1/server", async route =>
            {
                IAPIResponse response = await route.FetchAsync();
                JsonObject facts = JsonNode.Parse(await response.TextAsync())!.AsObject();
                facts["accepts"] = JsonNode.Parse("""[".wav"]""");
                facts["formats"] = JsonNode.Parse("""["wav"]""");
                await route.FulfillAsync(new() { ContentType = "application/json", Body = facts.ToJsonString() });
            });
        });
        IPage page = visitor.Page;
        await Expect(page.GetByText("Drop in any song as a WAV file.")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("files")).ToHaveAttributeAsync("accept", ".wav");
        await page.GetByTestId("files").SetInputFilesAsync(Essay("essay.mp3"));
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("“essay.mp3” is not a WAV file");
        Assert.Equal(0, Volatile.Read(ref announced));
        // An ending in capitals is one, too; that this is no song the server finds out.
        await page.GetByTestId("files").SetInputFilesAsync(Essay("ESSAY.WAV"));
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dismiss ESSAY.WAV" })).ToBeVisibleAsync();
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task WhatTheServerCannotReadIsSentOnce()
    {
        await using PageServer server = await PageServer.StartAsync();
        int sent = 0;
        await using Visitor visitor = await browser.VisitAsync(server.Url, prepare: context => context.RouteAsync("**/api/v1/uploads/*/finish", route =>
        {
            Interlocked.Increment(ref sent);
            return route.FulfillAsync(Refusal(501, "no-ffmpeg", "The server lacks ffmpeg."));
        }));
        IPage page = visitor.Page;
        await page.GetByTestId("files").SetInputFilesAsync(PageServer.Moonlight);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dismiss moonlight.wav" })).ToBeVisibleAsync();
        await Expect(page.Locator(".upload").GetByRole(AriaRole.Alert)).ToHaveTextAsync("The server lacks ffmpeg.");

        await page.ReloadAsync();
        await Expect(page.GetByText("Up to")).ToBeVisibleAsync();
        await Task.Delay(1000); // what is taken up again is taken up now
        Assert.Equal(1, Volatile.Read(ref sent));
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task SongsThatHaveNoRoomLeaveTheirTurnToOthers()
    {
        await using PageServer server = await PageServer.StartAsync(options => options with { Limits = options.Limits with { QuotaBytes = 1_000_000 } });
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage page = visitor.Page;
        await page.GetByTestId("files").SetInputFilesAsync(new[] { server.LongSong(1), server.LongSong(2) });
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToHaveCountAsync(2);
        await Expect(page.Locator(".upload").First.GetByRole(AriaRole.Alert)).ToContainTextAsync("delete something first");
        // Two files are sent at a time, and the small one gets its turn.
        await page.GetByTestId("files").SetInputFilesAsync(Essay("essay.mp3"));
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dismiss essay.mp3" })).ToBeVisibleAsync();
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task ADroppedFolderStandsForTheSongsInIt()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        IPage page = visitor.Page;
        await Expect(page.GetByText("Up to")).ToBeVisibleAsync();
        // A folder that answers as those of browsers do. There is no note in its songs: the server refuses them by their names.
        await page.EvaluateAsync(
            """
            () => {
              const song = (name) => ({ isDirectory: false, file: (done) => done(new File(["Not a note in here."], name)) });
              const folder = (...entries) => ({ isDirectory: true, createReader: () => ({ readEntries: (done) => done(entries.splice(0, 1)) }) });
              const album = folder(song("one.wav"), song("cover.jpg"), folder(song("two.wav")));
              const items = [{ kind: "file", webkitGetAsEntry: () => album, getAsFile: () => null }];
              const drop = new Event("drop", { cancelable: true });
              Object.defineProperty(drop, "dataTransfer", { value: { types: ["Files"], files: [], items } });
              window.dispatchEvent(drop);
            }
            """);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dismiss one.wav" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dismiss two.wav" })).ToBeVisibleAsync();
        await Expect(page.Locator(".upload")).ToHaveCountAsync(2);
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task ALibraryOfMoreSongsThanOneAnswerHoldsIsShownToItsEnd()
    {
        const int Songs = 215; // the server gives 200 at once
        await using PageServer server = await PageServer.StartAsync();
        for (int i = 0; i < Songs; i++)
        {
            AddUnreadable(server, $"Song {i:D3}");
        }

        await using Visitor visitor = await browser.VisitAsync(server.Url);
        ILocator rows = visitor.Page.Locator(".song");
        for (int shown = 30; shown < Songs; shown += 30)
        {
            await Expect(rows).ToHaveCountAsync(shown);
            await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Show more" }).ClickAsync();
        }

        await Expect(rows).ToHaveCountAsync(Songs);
        Assert.Equal(Songs, (await visitor.Page.Locator(".song-title").AllInnerTextsAsync()).Distinct().Count());
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Show more" })).ToHaveCountAsync(0);
        visitor.AssertNoErrors();
    }

    [Fact]
    public async Task ASongThatCouldNotBeReadOffersNoSecondTry()
    {
        await using PageServer server = await PageServer.StartAsync();
        TrackRecord track = AddUnreadable(server, "Damaged");
        JobStore jobs = (JobStore)server.Services.GetService(typeof(JobStore))!;
        JobRecord job = new()
        {
            Id = Identifier.Create(),
            TrackId = track.Id,
            Model = "vocals",
            Stems = ["vocals"],
            Options = new JobOptions(),
            Created = DateTimeOffset.UtcNow,
            Turn = 0,
        };
        jobs.Add(DataFolder.LocalUser, job);
        jobs.TryEnd(DataFolder.LocalUser, job.Id, new OutcomeRecord { State = JobState.Failed, Finished = DateTimeOffset.UtcNow, Problem = new Failure("damaged", "It is damaged.") });
        await using Visitor visitor = await browser.VisitAsync(server.Url);
        await visitor.Page.GotoAsync($"/#/song/{track.Id}");
        await Expect(visitor.Page.GetByText("The separation failed")).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByText("This song could not be read")).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToHaveCountAsync(0);
        visitor.AssertNoErrors();
    }

    private static FilePayload Essay(string name) => new() { Name = name, MimeType = "audio/mpeg", Buffer = "Not a note in here.\n"u8.ToArray() };

    private static RouteFulfillOptions Refusal(int status, string code, string detail) => new()
    {
        Status = status,
        ContentType = "application/problem+json",
        Body = new JsonObject { ["code"] = code, ["detail"] = detail }.ToJsonString(),
    };

    // A song in the library, without the work of decoding one.
    private static TrackRecord AddUnreadable(PageServer server, string title)
    {
        TrackStore tracks = (TrackStore)server.Services.GetService(typeof(TrackStore))!;
        TrackRecord track = new()
        {
            Id = Identifier.Create(),
            UploadId = Identifier.Create(),
            Name = title + ".wav",
            Title = title,
            Created = DateTimeOffset.UtcNow,
            Codec = "pcm_s16le",
            IsLossy = false,
            SampleRate = 16000,
            Channels = 1,
            Format = SampleFormat.Pcm16,
        };
        Directory.CreateDirectory(((DataFolder)server.Services.GetService(typeof(DataFolder))!).Track(DataFolder.LocalUser, track.Id));
        tracks.Write(DataFolder.LocalUser, track);
        tracks.SetAudio(DataFolder.LocalUser, track.Id, new AudioRecord { Problem = new Failure("damaged", "The recording holds no samples.") });
        return track;
    }

    /// <summary>Waits until so many lanes show something: a tenth of a percent of the dots and more are painted.</summary>
    internal static Task DrawnAsync(IPage page, int lanes) => page.WaitForFunctionAsync(
        """
        lanes => {
          const pictures = [...document.querySelectorAll("canvas.picture")].filter(canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let painted = 0;
            for (let i = 3; i < data.length; i += 4) if (data[i] > 0) painted++;
            return painted > data.length / 4000;
          });
          return pictures.length === lanes;
        }
        """,
        lanes);

    private static async Task<string> SaveAsync(IPage page, string link, string path)
    {
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Link, new() { NameRegex = new("^" + link) }).ClickAsync());
        await download.SaveAsAsync(path);
        return path;
    }

    private static float[][] Read(string path)
    {
        using AudioReader reader = AudioReader.Open(path);
        int length = (int)reader.Properties.Samples!.Value;
        float[][] samples = [.. Enumerable.Range(0, reader.Properties.Channels).Select(_ => new float[length])];
        for (int done = 0, read = -1; done < length && read != 0; done += read)
        {
            read = reader.Read(samples, done, length - done);
        }

        return samples;
    }
}
