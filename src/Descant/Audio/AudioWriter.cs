namespace Descant.Audio;

/// <summary>Writes planar samples as a file that appears under its name only when it is complete.</summary>
public abstract class AudioWriter : IDisposable
{
    /// <summary>Samples written so far, per channel.</summary>
    public long Samples { get; protected set; }

    /// <summary>Starts a file: WAV here, everything else through ffmpeg.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="encoding">The kind of file.</param>
    /// <param name="sampleRate">Samples per second of each channel.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="format">How one sample is stored, or handed to a lossy encoder.</param>
    /// <param name="tags">Title, artist and so on, keys as ffmpeg spells them.</param>
    /// <param name="cover">A JPEG or PNG picture, or null.</param>
    /// <param name="layout">The speakers of the channels as ffmpeg spells them, see <see cref="AudioStreamProperties.Layout"/>; null where not stated.</param>
    /// <param name="programs">Where ffmpeg is; null looks it up on the PATH.</param>
    /// <exception cref="InvalidDataException">ffmpeg is missing, or cannot write such a file.</exception>
    public static AudioWriter Create(
        string path,
        AudioEncoding encoding,
        int sampleRate,
        int channels,
        SampleFormat format,
        IReadOnlyDictionary<string, string> tags,
        byte[]? cover = null,
        string? layout = null,
        FfmpegPrograms? programs = null)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        ArgumentNullException.ThrowIfNull(tags);
        return encoding.Container == AudioContainer.Wav
            ? new WavWriter(path, sampleRate, channels, format) { Trailer = WavTags.Chunks(tags), Layout = layout }
            : FfmpegWriter.Start(path, encoding, sampleRate, channels, format, tags, cover, layout, programs ?? new FfmpegPrograms());
    }

    /// <summary>Appends <c>source[channel][offset..offset + count]</c>.</summary>
    public abstract void Write(float[][] source, int offset, int count);

    /// <summary>Finishes the file under its temporary name, so that only <see cref="Complete"/> is left to do.</summary>
    public abstract void Finish();

    /// <summary>Gives the file its name, replacing what was there; finishes it first where that was not done.</summary>
    public abstract void Complete();

    /// <summary>Closes the file, and deletes it unless it was completed.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the writer holds.</summary>
    protected abstract void Dispose(bool disposing);
}
