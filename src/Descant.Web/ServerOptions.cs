using Descant.Models;
using Microsoft.Extensions.FileProviders;

namespace Descant.Web;

/// <summary>What a server or worker is started with.</summary>
public sealed record ServerOptions
{
    /// <summary>The address that is listened on unless another is given.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>Addresses to listen on, <c>http</c> only: HTTPS is a reverse proxy's business.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [DefaultUrl];

    /// <summary>The folder that holds everything: uploads, tracks, jobs, stems. Servers and workers of a cluster share it.</summary>
    public required string Data { get; init; }

    /// <summary>Connection string of the PostgreSQL database through which servers and workers share jobs; null for one server alone.</summary>
    public string? Postgres { get; init; }

    /// <summary>Secret tokens and the user that each belongs to; none lets everybody in as one user, on loopback addresses only.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Names by which clients may call the server besides its own addresses; requests for others get 421.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Whether a reverse proxy on this machine or in <see cref="ProxyNetworks"/> is believed about the client's address and scheme.</summary>
    public bool IsBehindProxy { get; init; }

    /// <summary>Networks, as <c>10.0.0.0/8</c>, whose proxies are believed besides those on this machine.</summary>
    public IReadOnlyList<string> ProxyNetworks { get; init; } = [];

    /// <summary>Where models are found.</summary>
    public ModelLibrary Models { get; init; } = ModelLibrary.OfThisMachine();

    /// <summary>Threads to separate with; 0 takes one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Songs that this process separates at once; 0 for a server that leaves the work to workers.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>How long tracks are kept; null for ever.</summary>
    public TimeSpan? Keep { get; init; } = TimeSpan.FromDays(30);

    /// <summary>What one user, one upload and one request may cost.</summary>
    public Limits Limits { get; init; } = new();

    /// <summary>The folder of the built page; null answers the API only.</summary>
    public IFileProvider? Page { get; init; }

    /// <summary>Whether log lines are JSON objects.</summary>
    public bool LogsJson { get; init; }
}
