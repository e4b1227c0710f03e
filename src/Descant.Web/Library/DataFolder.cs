using System.Security.Cryptography;

namespace Descant.Web.Library;

/// <summary>Where everything lies. Every path of the server is made here, from identifiers that the server itself made.</summary>
internal sealed class DataFolder
{
    /// <summary>The user of a server without tokens.</summary>
    public const string LocalUser = "local";

    private const string KeyFile = "server.key";

    public DataFolder(string root)
    {
        Root = Path.GetFullPath(root);
        Directory.CreateDirectory(Users);
        Directory.CreateDirectory(Queue);
        Key = LoadKey();
    }

    public string Root { get; }

    /// <summary>A secret of all servers that share the folder.</summary>
    public byte[] Key { get; }

    /// <summary>Unfinished jobs of all users, one empty file each.</summary>
    public string Queue => Path.Combine(Root, "queue");

    public string Users => Path.Combine(Root, "users");

    public string User(string user) => Path.Combine(Users, user);

    public string Uploads(string user) => Path.Combine(User(user), "uploads");

    public string Tracks(string user) => Path.Combine(User(user), "tracks");

    public string Jobs(string user) => Path.Combine(User(user), "jobs");

    public string Upload(string user, string id) => Path.Combine(Uploads(user), Checked(id));

    public string Track(string user, string id) => Path.Combine(Tracks(user), Checked(id));

    public string Job(string user, string id) => Path.Combine(Jobs(user), Checked(id));

    /// <summary>All users that ever had anything here.</summary>
    public IEnumerable<string> AllUsers() => Directory.EnumerateDirectories(Users).Select(folder => Path.GetFileName(folder)!);

    /// <summary>Identifiers of the folders in a folder; none where it does not exist.</summary>
    public static IEnumerable<string> Identifiers(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)!).Where(Identifier.IsValid)
        : [];

    /// <summary>Bytes that the disk has left for us.</summary>
    public long FreeBytes() => new DriveInfo(Root).AvailableFreeSpace;

    /// <summary>Deletes a folder so that it is gone at once, however long deleting takes or is interrupted.</summary>
    public static void Remove(string folder)
    {
        string doomed = Path.Combine(Path.GetDirectoryName(folder)!, $".gone-{Identifier.Create()}");
        try
        {
            Directory.Move(folder, doomed);
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }

        DeleteTree(doomed);
    }

    /// <summary>Deletes a folder into which somebody may still be writing.</summary>
    public static void DeleteTree(string folder)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (DirectoryNotFoundException)
            {
                return;
            }
            catch (IOException) when (attempt < 5)
            {
                Thread.Sleep(50 * attempt);
            }
        }
    }

    private static string Checked(string id) => Identifier.IsValid(id) ? id : throw new ArgumentException("not an identifier", nameof(id));

    private byte[] LoadKey()
    {
        string path = Path.Combine(Root, KeyFile);
        using IDisposable turn = FolderLock.Acquire(Root);
        if (!File.Exists(path))
        {
            using Audio.PendingFile file = new(path);
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (FileStream stream = new(file.TemporaryPath, options))
            {
                stream.Write(RandomNumberGenerator.GetBytes(32));
            }

            file.Commit();
        }

        byte[] key = File.ReadAllBytes(path);
        return key.Length == 32 ? key : throw new InvalidDataException($"{path}: expected 32 bytes, got {key.Length}; delete it to have a new one made (sessions end)");
    }
}
