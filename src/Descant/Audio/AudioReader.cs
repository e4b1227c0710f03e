namespace Descant.Audio;

/// <summary>Reads an audio file front to back as planar float samples, in memory that does not depend on its length.</summary>
/// <remarks>
/// Integer samples are divided by full scale (2^(bits-1)), so that they lie in [-1, 1) and 8 to 24 bits are exact;
/// 32-bit integers and 64-bit floats are rounded to float. Float samples are returned as stored, also beyond full scale.
/// One reader serves one thread at a time.
/// </remarks>
public abstract class AudioReader : IDisposable
{
    private const int SkipBlock = 16384;
    private readonly List<string> _warnings = [];

    private protected AudioReader(string name, AudioStreamProperties properties)
    {
        Name = name;
        Properties = properties;
    }

    /// <summary>The file's name for messages.</summary>
    public string Name { get; }

    /// <summary>Rate, channels, length and origin of the samples.</summary>
    public AudioStreamProperties Properties { get; }

    /// <summary>Damage that was read around, one line each; grows while reading.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>
    /// Opens an audio file: WAV in all its integer and float forms here, everything else through the programs
    /// <c>ffprobe</c> and <c>ffmpeg</c>, which remove encoder delay and padding.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="audioStream">Which audio stream of the container, from 0 (stem.mp4 files and videos hold several).</param>
    /// <param name="programs">Where ffmpeg is; null looks it up on the PATH.</param>
    /// <exception cref="InvalidDataException">Missing, unreadable or no audio; one line that names the file.</exception>
    /// <exception cref="ProgramStoppedException">ffmpeg was stopped from outside.</exception>
    public static AudioReader Open(string path, int audioStream = 0, FfmpegPrograms? programs = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(audioStream);
        string name = OneLine(path);
        CheckFile(path);
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{name}: cannot be opened ({OneLine(error.Message)})", error);
        }

        using (stream)
        {
            if (audioStream == 0 && WavHeader.TryRead(stream, name) is { } header)
            {
                FileStream data = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
                return new WavReader(data, name, header);
            }
        }

        return FfmpegReader.Start(path, name, audioStream, programs ?? new FfmpegPrograms());
    }

    /// <summary>Refuses what cannot be an audio file before it is opened: a pipe or a device would be waited for or read without end.</summary>
    /// <exception cref="InvalidDataException">Missing, a folder, empty or no regular file.</exception>
    internal static void CheckFile(string path)
    {
        string name = OneLine(path);
        if (Directory.Exists(path))
        {
            throw new InvalidDataException($"{name}: expected an audio file, got a folder");
        }

        if (!File.Exists(path))
        {
            throw new InvalidDataException($"{name}: no such file");
        }

        FileInfo file = new(path);
        if (((file.LinkTarget is null ? null : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo) ?? file).Length == 0)
        {
            throw new InvalidDataException($"{name}: the file is empty (0 bytes), or a pipe or device");
        }
    }

    /// <summary>
    /// Reads up to <paramref name="count"/> samples of every channel into <c>destination[channel][offset..]</c>.
    /// </summary>
    /// <returns>How many were read; 0 only at the end. Fewer than asked for does not mean the end.</returns>
    /// <exception cref="InvalidDataException">The file cannot be decoded.</exception>
    /// <exception cref="ProgramStoppedException">ffmpeg was stopped from outside.</exception>
    public abstract int Read(float[][] destination, int offset, int count);

    /// <summary>Passes over samples.</summary>
    /// <returns>How many were passed over, fewer only at the end.</returns>
    public virtual long Skip(long samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        float[][] scratch = new float[Properties.Channels][];
        for (int channel = 0; channel < scratch.Length; channel++)
        {
            scratch[channel] = new float[(int)Math.Min(samples, SkipBlock)];
        }

        long skipped = 0;
        while (skipped < samples)
        {
            int read = Read(scratch, 0, (int)Math.Min(samples - skipped, SkipBlock));
            if (read == 0)
            {
                break;
            }

            skipped += read;
        }

        return skipped;
    }

    /// <summary>Closes the file and ends any child process.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A path or message with line breaks and other control characters replaced, for one-line messages.</summary>
    internal static string OneLine(string text) =>
        string.Create(text.Length, text, static (characters, source) =>
        {
            for (int i = 0; i < characters.Length; i++)
            {
                characters[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        }).Trim();

    /// <summary>Releases what the reader holds.</summary>
    protected abstract void Dispose(bool disposing);

    private protected void Warn(string message) => _warnings.Add($"{Name}: {message}");

    private protected void CheckDestination(float[][] destination, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (destination.Length != Properties.Channels)
        {
            throw new ArgumentException(
                $"AudioReader.Read: expected {Properties.Channels} channels, got {destination.Length}", nameof(destination));
        }

        foreach (float[] channel in destination)
        {
            if (channel.Length - offset < count)
            {
                throw new ArgumentException(
                    $"AudioReader.Read: expected room for {count} samples from {offset}, got arrays of {channel.Length}",
                    nameof(destination));
            }
        }
    }
}
