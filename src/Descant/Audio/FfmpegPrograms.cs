namespace Descant.Audio;

/// <summary>The programs that decode everything but WAV, by name (looked up on the PATH) or by path.</summary>
/// <param name="Ffmpeg">The decoder.</param>
/// <param name="Ffprobe">The program that describes a file.</param>
public sealed record FfmpegPrograms(string Ffmpeg = "ffmpeg", string Ffprobe = "ffprobe")
{
    /// <summary>Whether a program was stopped from outside before its end (SIGHUP, SIGINT, SIGKILL, SIGTERM; ffmpeg itself says 255): what it gave is not all.</summary>
    internal static bool WasStopped(int exitCode) => exitCode is 129 or 130 or 137 or 143 or 255;

    /// <summary>The command that installs ffmpeg on this system.</summary>
    public static string InstallCommand =>
        OperatingSystem.IsWindows() ? "winget install ffmpeg"
        : OperatingSystem.IsMacOS() ? "brew install ffmpeg"
        : File.Exists("/usr/bin/dnf") ? "sudo dnf install ffmpeg"
        : File.Exists("/usr/bin/pacman") ? "sudo pacman -S ffmpeg"
        : File.Exists("/sbin/apk") ? "sudo apk add ffmpeg"
        : "sudo apt-get install ffmpeg";
}
