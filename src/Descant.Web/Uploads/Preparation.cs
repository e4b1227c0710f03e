using System.Collections.Concurrent;
using System.Diagnostics;
using Descant.Audio;
using Descant.Web.Library;

namespace Descant.Web.Uploads;

/// <summary>Decodes a track once, within limits, to a WAV file of ours and its peaks; nothing looks at the uploaded file again.</summary>
internal sealed partial class Preparation(TrackStore tracks, BoundedFfmpeg ffmpeg, LibraryUsage usage, ServerOptions options, ILogger<Preparation> log)
{
    // A disk or a share that fails once may be back for the next look at lost work (Reconciliation).
    private const int MostFailures = 3;
    private const int BlockSamples = 1 << 14;
    private const int BlocksPerLook = 64; // at the room that is left: every million samples
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);

    /// <summary>Prepares a track; a track that is prepared or gone is left alone.</summary>
    public async Task RunAsync(string user, string id, CancellationToken cancellation)
    {
        if (tracks.Find(user, id) is not { } track || tracks.Audio(user, id) is not null)
        {
            return;
        }

        string source = tracks.SourceFile(user, id);
        AudioRecord audio;
        try
        {
            // On a thread of its own, since it computes and waits for a pipe for seconds, and pool threads answer requests.
            audio = await Task.Factory.StartNew(() => Decode(user, track, source, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Problem problem)
        {
            audio = new AudioRecord { Problem = new Failure(problem.Code, problem.Message) };
        }
        catch (InvalidDataException error)
        {
            audio = new AudioRecord { Problem = new Failure("damaged", error.Message) };
        }
        catch (DirectoryNotFoundException)
        {
            return; // deleted meanwhile
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            int failures = _failures.AddOrUpdate(id, 1, (_, before) => before + 1);
            LogFailed(error, id, failures);
            bool isFull = Problem.IsDiskFull(error);
            if (!isFull && failures < MostFailures)
            {
                return;
            }

            audio = new AudioRecord
            {
                Problem = isFull ? new Failure("quota", Problem.DiskIsFull + " Delete this song, and upload it again when there is room.")
                    : new Failure("failed", "The server could not read or write a file; its log says which. Delete this song and upload it again."),
            };
        }

        _failures.TryRemove(id, out _);
        if (tracks.SetAudio(user, id, audio))
        {
            File.Delete(source);
        }
    }

    private AudioRecord Decode(string user, TrackRecord track, string source, CancellationToken cancellation)
    {
        byte[] start = new byte[64];
        using (FileStream stream = new(source, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1))
        {
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }

        using WavReader? wav = MediaProbe.OpenWav(source, start);
        if (wav is not null)
        {
            return Write(user, track, wav.Properties.IsFloat || wav.Properties.BitDepth > 24 ? SampleFormat.FloatingPoint32 : track.Format, block => wav.Read(block, 0, BlockSamples), check: null, cancellation);
        }

        double seconds = options.Limits.DurationSeconds + 1; // one more than allowed tells that it is too long
        using Process process = ffmpeg.Decode(source, track.SampleRate, track.Channels, seconds);
        using CancellationTokenSource clock = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        clock.CancelAfter(TimeSpan.FromMinutes(20));
        using CancellationTokenRegistration end = clock.Token.Register(() => BoundedFfmpeg.End(process));
        try
        {
            Task<string> complaint = BoundedFfmpeg.FirstLineAsync(process.StandardError, CancellationToken.None);
            byte[] bytes = new byte[BlockSamples * track.Channels * sizeof(float)];
            Stream output = process.StandardOutput.BaseStream;

            // A lossy song is kept as the floats that its decoder gave: it may exceed full scale, and nothing is lost or clipped here.
            return Write(user, track, track.IsLossy || track.Format == SampleFormat.FloatingPoint32 ? SampleFormat.FloatingPoint32 : track.Format, ReadBlock, CheckEnd, clock.Token);

            int ReadBlock(float[][] block)
            {
                int read = output.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) / (sizeof(float) * track.Channels);
                PcmConversion.Deinterleave(bytes.AsSpan(0, read * track.Channels * sizeof(float)), sizeof(float), isFloat: true, block, 0, read);
                return read;
            }

            // The end of the pipe is the end of the song only where ffmpeg ended by itself: a signal to our process group reaches it, too.
            void CheckEnd(long samples)
            {
                process.WaitForExit();
                clock.Token.ThrowIfCancellationRequested();
                if (FfmpegPrograms.WasStopped(process.ExitCode))
                {
                    throw new IOException($"ffmpeg was stopped with exit code {process.ExitCode}");
                }

                if (samples == 0)
                {
                    throw new Problem(StatusCodes.Status422UnprocessableEntity, "damaged", $"The recording cannot be decoded ({complaint.GetAwaiter().GetResult()}).");
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new Problem(StatusCodes.Status422UnprocessableEntity, "damaged", "Decoding the recording took too long.");
        }
        finally
        {
            BoundedFfmpeg.End(process);
        }
    }

    private AudioRecord Write(string user, TrackRecord track, SampleFormat format, Func<float[][], int> read, Action<long>? check, CancellationToken cancellation)
    {
        string path = tracks.MixtureFile(user, track.Id);
        long most = (long)(options.Limits.DurationSeconds * track.SampleRate);
        Peaks peaks = new();
        float[][] block = [.. Enumerable.Range(0, track.Channels).Select(_ => new float[BlockSamples])];
        using AudioWriter writer = AudioWriter.Create(path, new AudioEncoding(AudioContainer.Wav), track.SampleRate, track.Channels, format, track.CurrentTags());
        for (int blocks = 1; read(block) is > 0 and int count; blocks++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (blocks % BlocksPerLook == 0)
            {
                // What the file claimed is counted already; it may hold more.
                usage.CheckRoom(user, Math.Max(0, (writer.Samples * track.Channels * sizeof(float)) - LibraryUsage.MixtureBytes(track)));
            }

            if (writer.Samples + count > most)
            {
                throw MediaProbe.TooLong(options.Limits);
            }

            foreach (float[] channel in block)
            {
                foreach (ref float sample in channel.AsSpan(0, count))
                {
                    sample = float.IsFinite(sample) ? sample : 0;
                }
            }

            peaks.Add(block, count);
            writer.Write(block, 0, count);
        }

        check?.Invoke(writer.Samples);
        if (writer.Samples == 0)
        {
            throw new Problem(StatusCodes.Status422UnprocessableEntity, "damaged", "The recording holds no samples.");
        }

        byte[] drawn = peaks.Finish();
        using PendingFile peaksFile = new(Path.ChangeExtension(path, ".peaks"));
        File.WriteAllBytes(peaksFile.TemporaryPath, drawn);
        peaksFile.Commit();
        writer.Complete();
        return new AudioRecord { Samples = writer.Samples, SampleRate = track.SampleRate, Channels = track.Channels, Bytes = new FileInfo(path).Length + drawn.Length };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "decoding track {Track} failed, the {Failures}. time in a row")]
    private partial void LogFailed(Exception error, string track, int failures);
}
