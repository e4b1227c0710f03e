namespace Descant.Audio;

/// <summary>Endings of files in which audio is looked for, where a folder is named and not the file itself.</summary>
internal static class AudioEndings
{
    private static readonly HashSet<string> s_audio = new(StringComparer.OrdinalIgnoreCase)
    {
        ".wav", ".wave", ".w64", ".rf64", ".bwf", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd", ".voc", ".flac", ".alac", ".ape", ".wv", ".tta",
        ".tak", ".shn", ".dsf", ".dff", ".mp3", ".mp2", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".spx", ".wma", ".ac3", ".eac3", ".dts",
        ".amr", ".mpc", ".mka", ".weba",
    };

    private static readonly HashSet<string> s_video = new(StringComparer.OrdinalIgnoreCase)
    {
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".flv", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".vob", ".3gp", ".wmv", ".ogv",
    };

    /// <summary>Whether a file's name ends like one of an audio format.</summary>
    public static bool IsAudio(string path) => s_audio.Contains(Path.GetExtension(path));

    /// <summary>Whether a file's name ends like one of an audio or video format.</summary>
    public static bool MayHoldAudio(string path) => IsAudio(path) || s_video.Contains(Path.GetExtension(path));
}
