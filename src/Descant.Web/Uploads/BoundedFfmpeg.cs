using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Descant.Audio;

namespace Descant.Web.Uploads;

/// <summary>Runs ffmpeg on files that nobody vouches for: no network, no other files, bounded memory, time and output.</summary>
/// <remarks>
/// Only demuxers that read one file are allowed, so that playlists and concat scripts are refused before they open
/// anything; the kernel bounds address space, processor time and files (prlimit of util-linux); writing files is
/// impossible (a file size of 0), and a clock ends whatever hangs. A cover picture of a few hundred kilobytes may unfold
/// to gigabytes: ffmpeg then cannot have the memory, says so and reads the sound all the same.
/// </remarks>
internal sealed class BoundedFfmpeg
{
    private const string Demuxers = "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,iff,matroska,webm,mov,mp4,m4a,3gp,mp3,mpc,mpc8,mpeg,mpegts,ogg,tak,tta,voc,w64,wav,wv";
    private const long AddressSpaceBytes = 1L << 30; // ffmpeg and its libraries take 0.6 GiB of it, hardly any of which is memory
    private const int ProcessorSeconds = 900;
    private const int ProbeProcessorSeconds = 20;
    private const int MostProbeBytes = 1 << 20;
    private static readonly TimeSpan s_probeTime = TimeSpan.FromSeconds(30);
    private static readonly string[] s_protocols = ["-protocol_whitelist", "file,pipe", "-format_whitelist", Demuxers];

    /// <summary>Whether the programs are there; looked up once.</summary>
    public bool IsAvailable { get; } = Starts("ffmpeg", "-version") && Starts("ffprobe", "-version") && (!OperatingSystem.IsLinux() || Starts("prlimit", "--version"));

    /// <summary>What the file's first audio stream is.</summary>
    /// <exception cref="Problem">415 where ffmpeg finds no audio of a kind that is read.</exception>
    public async Task<AudioStreamProperties> ProbeAsync(string path, CancellationToken cancellation)
    {
        using Process process = Start("ffprobe", ProbeProcessorSeconds,
        [
            "-v", "error", "-threads", "1", .. s_protocols, "-probesize", "20M", "-select_streams", "a:0", "-show_entries",
            "stream=codec_name,sample_fmt,sample_rate,channels,bits_per_sample,bits_per_raw_sample,duration:stream_tags:format=duration:format_tags",
            "-of", "json", "-i", "file:" + path,
        ]);
        using CancellationTokenSource clock = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        clock.CancelAfter(s_probeTime);
        try
        {
            Task<string> complaint = FirstLineAsync(process.StandardError, clock.Token);
            char[] json = new char[MostProbeBytes];
            int length = await process.StandardOutput.ReadBlockAsync(json, clock.Token);
            await process.WaitForExitAsync(clock.Token);
            await complaint;
            if (process.ExitCode is 129 or 130 or 143)
            {
                throw Problem.Busy("The server is being stopped; try again."); // with us, and not by the file, which may be a good one
            }

            if (process.ExitCode != 0 || length == MostProbeBytes)
            {
                throw Unsupported("it is no audio or video file of a kind that is read here");
            }

            using JsonDocument document = JsonDocument.Parse(json.AsMemory(0, length));
            return Describe(document.RootElement);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Unsupported("looking at it took too long");
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>Starts decoding as interleaved 32-bit floats on the process's output.</summary>
    public Process Decode(string path, int sampleRate, int channels, double seconds) => Start("ffmpeg", ProcessorSeconds,
    [
        "-v", "error", "-nostdin", "-threads", "1", "-filter_threads", "1", .. s_protocols, "-i", "file:" + path, "-map", "0:a:0", "-vn", "-sn", "-dn",
        "-t", seconds.ToString("F3", CultureInfo.InvariantCulture),
        "-ar", sampleRate.ToString(CultureInfo.InvariantCulture), "-ac", channels.ToString(CultureInfo.InvariantCulture),
        "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1",
    ]);

    /// <summary>The first line that the program wrote, shortened, without control characters.</summary>
    public static async Task<string> FirstLineAsync(StreamReader reader, CancellationToken cancellation)
    {
        // Everything is read, so that the program never waits for us, but only the beginning is kept.
        char[] block = new char[1024];
        string first = "";
        while (await reader.ReadAsync(block, cancellation) is > 0 and int read)
        {
            if (first.Length < 300)
            {
                first += new string(block, 0, read);
            }
        }

        return AudioReader.OneLine(first.Split('\n')[0] is { Length: > 300 } line ? line[..300] : first.Split('\n')[0]);
    }

    /// <summary>Ends a program that still runs.</summary>
    public static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    public static Problem Unsupported(string why) => new(StatusCodes.Status415UnsupportedMediaType, "unsupported", $"The file cannot be used: {why}.");

    private static Process Start(string program, int processorSeconds, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new()
        {
            FileName = OperatingSystem.IsLinux() ? "prlimit" : program,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };

        // No secret of ours (connection strings, tokens) reaches a program that reads strangers' files.
        string? path = Environment.GetEnvironmentVariable("PATH");
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        // Each thread reserves address space, and there would be as many as the machine has cores; OpenBLAS waits for ever where its share is refused.
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        start.Environment["MALLOC_ARENA_MAX"] = "1";
        if (OperatingSystem.IsLinux())
        {
            foreach (string limit in new[] { $"--as={AddressSpaceBytes}", $"--cpu={processorSeconds}", "--fsize=0", "--core=0", "--nofile=64", "--", program })
            {
                start.ArgumentList.Add(limit);
            }
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new UnreachableException("Process.Start reused a process");
        process.StandardInput.Close();
        return process;
    }

    private static bool Starts(string program, string argument)
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true });
            process?.StandardOutput.ReadToEnd();
            process?.WaitForExit();
            return process?.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static AudioStreamProperties Describe(JsonElement root)
    {
        if (!root.TryGetProperty("streams", out JsonElement streams) || streams.GetArrayLength() == 0)
        {
            throw Unsupported("it holds no audio");
        }

        JsonElement stream = streams[0];
        JsonElement format = root.TryGetProperty("format", out JsonElement f) ? f : default;
        return FfprobeAnswer.Read(stream, format) ?? throw Unsupported("its sample rate or channel count is unknown");
    }
}
