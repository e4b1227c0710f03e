namespace Descant.Audio;

/// <summary>The picture that a song carries.</summary>
public static class CoverArt
{
    private const int MostBytes = 16 << 20; // FLAC's limit for a picture block

    /// <summary>Reads a file's attached picture as JPEG or PNG; null where it has none or ffmpeg is missing.</summary>
    public static byte[]? Read(string path, FfmpegPrograms? programs = null)
    {
        programs ??= new FfmpegPrograms();
        string source = "file:" + Path.GetFullPath(path);
        try
        {
            using ChildProcess probe = ChildProcess.Start(
                programs.Ffprobe,
                ["-v", "quiet", "-protocol_whitelist", "file,pipe", "-select_streams", "v", "-show_entries", "stream=index,codec_name:stream_disposition=attached_pic", "-of", "csv=p=0", "-i", source],
                path);
            using StreamReader lines = new(probe.Output);
            string? index = null;
            while (lines.ReadLine() is { } line)
            {
                // index, codec, whether it is attached
                if (line.Split(',') is [string number, "mjpeg" or "png", "1", ..])
                {
                    index ??= number;
                }
            }

            probe.WaitForExit();
            if (index is null)
            {
                return null;
            }

            using ChildProcess extract = ChildProcess.Start(
                programs.Ffmpeg,
                ["-v", "quiet", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", source, "-map", $"0:{index}", "-c:v", "copy", "-frames:v", "1", "-f", "image2pipe", "pipe:1"],
                path);
            using MemoryStream picture = new();
            byte[] block = new byte[1 << 16];
            while (picture.Length <= MostBytes && extract.Output.Read(block) is > 0 and int read)
            {
                picture.Write(block, 0, read);
            }

            return picture.Length is 0 or > MostBytes ? null : picture.ToArray();
        }
        catch (InvalidDataException)
        {
            return null; // no ffmpeg: the song itself will say so where it matters
        }
    }
}
