namespace Descant.Audio;

/// <summary>
/// ffmpeg or ffprobe was stopped from outside before it had read a file, by an interrupt or for lack of memory: that says nothing about
/// the file.
/// </summary>
public sealed class ProgramStoppedException : IOException
{
    internal ProgramStoppedException(string message)
        : base(message)
    {
    }

    /// <summary>Whether we were interrupted, too: a terminal interrupts its programs along with us, and they may end before our own signal has come.</summary>
    public static bool IsInterruption(CancellationToken cancellation) => cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
}
