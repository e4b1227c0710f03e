namespace Descant.Web.Library;

/// <summary>Lets one process at a time decide something about a folder, on every machine that shares it; a killed process lets go.</summary>
internal static class FolderLock
{
    private const string Name = ".lock";
    private const int Tries = 500;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits for the turn.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder is gone.</exception>
    /// <exception cref="IOException">Another process held it for ten seconds.</exception>
    public static IDisposable Acquire(string folder)
    {
        string path = Path.Combine(folder, Name);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException error) when (error is not DirectoryNotFoundException && attempt < Tries)
            {
                Thread.Sleep(s_pause);
            }
        }
    }
}
