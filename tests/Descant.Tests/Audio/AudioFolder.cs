using System.Diagnostics;

namespace Descant.Tests.Audio;

/// <summary>A temporary folder of one test, with the programs that make test audio.</summary>
internal sealed class AudioFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("descant-audio-");

    public string Path => _folder.FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        return File(name);
    }

    /// <summary>Runs ffmpeg in the folder; the machine that runs the tests has it.</summary>
    public static void Ffmpeg(params string[] arguments) => Run("ffmpeg", ["-nostdin", "-v", "error", "-y", .. arguments]);

    public static void Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program) { RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }

    /// <summary>Planar test sweeps, a different one per channel, within 0.5 of zero.</summary>
    public static float[][] Sweeps(int channels, int samples, int sampleRate)
    {
        float[][] planar = new float[channels][];
        for (int channel = 0; channel < channels; channel++)
        {
            planar[channel] = new float[samples];
            for (int i = 0; i < samples; i++)
            {
                planar[channel][i] = (float)(0.5 * Math.Sin(2 * Math.PI * 220 * (channel + 1) * i / sampleRate * (1 + (i / 30_000.0))));
            }
        }

        return planar;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
