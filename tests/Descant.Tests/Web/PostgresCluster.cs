using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Descant.Tests.Web;

/// <summary>A PostgreSQL server of our own in a temporary folder, gone afterwards. It refuses to run as root, so root lends it another name.</summary>
internal sealed class PostgresCluster : IDisposable
{
    private const string User = "postgres";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("descant-postgres-");
    private readonly string _binaries;

    public PostgresCluster()
    {
        _binaries = Directory.GetDirectories("/usr/lib/postgresql").Order().Select(version => Path.Combine(version, "bin"))
            .LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb"))) ?? throw new InvalidOperationException("The tests need PostgreSQL; ./check installs it.");
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        if (IsRoot)
        {
            Run("chown", User, _folder.FullName);
        }

        string data = Path.Combine(_folder.FullName, "db");
        AsUser("initdb", "-D", data, "-U", User, "--auth=trust", "--no-sync");
        AsUser("pg_ctl", "-D", data, "-w", "-l", Path.Combine(_folder.FullName, "log"), "-o", $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder.FullName} -c fsync=off", "start");
    }

    public int Port { get; }

    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username={User};Database=postgres;Pooling=true";

    private static bool IsRoot => Environment.UserName == "root";

    public void Execute(string sql) => AsUser("psql", "-h", "127.0.0.1", "-p", Port.ToString(), "-U", User, "-c", sql);

    public void Dispose()
    {
        AsUser("pg_ctl", "-D", Path.Combine(_folder.FullName, "db"), "-m", "immediate", "stop");
        _folder.Delete(recursive: true);
    }

    private void AsUser(string program, params string[] arguments)
    {
        string path = Path.Combine(_binaries, program);
        if (IsRoot)
        {
            Run("runuser", ["-u", User, "--", path, .. arguments]);
        }
        else
        {
            Run(path, arguments);
        }
    }

    // The output goes nowhere: a server that inherited a pipe would keep it open for ever.
    private void Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new("sh") { WorkingDirectory = _folder.FullName };
        foreach (string argument in new[] { "-c", "exec \"$@\" >/dev/null 2>&1", "sh", program }.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Assert.True(process.WaitForExit(WebServer.Patience) && process.ExitCode == 0, $"{program} failed: {string.Join(' ', arguments)}");
    }
}
