using System.CommandLine;
using Descant.Models;
using Descant.Web;
using Descant.Web.Pages;

namespace Descant.Cli.Commands;

/// <summary>Runs the web application.</summary>
internal sealed class ServeCommand : Command
{
    private readonly Option<string?> _urls = new("--urls") { Description = $"Addresses to listen on, separated by ';'. Others than this machine's own need a token. [DESCANT_URLS; default: {ServerOptions.DefaultUrl}]" };
    private readonly Option<string?> _token = new("--token") { Description = "Secret that clients must show. [DESCANT_TOKEN]" };
    private readonly Option<string?> _tokens = new("--tokens") { Description = "File of lines NAME:TOKEN; every name is a user with a library of its own. [DESCANT_TOKENS]" };
    private readonly Option<string[]> _hosts = new("--host") { Description = "Name by which clients call the server, such as stems.example.org; may be repeated. [DESCANT_HOSTS, separated by commas]" };
    private readonly Option<bool> _proxy = new("--behind-proxy") { Description = "Believe X-Forwarded-For and -Proto of a proxy on this machine. [DESCANT_BEHIND_PROXY=1]" };
    private readonly Option<string[]> _networks = new("--proxy-network") { Description = "Network such as 10.0.0.0/8 whose proxies are believed too; may be repeated. [DESCANT_PROXY_NETWORKS, separated by commas]" };
    private readonly Option<double?> _maxUpload = new("--max-upload") { Description = "Largest upload, in MiB. [default: 1024]" };
    private readonly Option<double?> _quota = new("--quota") { Description = "What one user's library may hold, in MiB. [default: no limit]" };
    private readonly Option<int?> _rate = new("--rate") { Description = "Requests that one user or address may make in a minute. [default: 6000]" };
    private readonly Option<bool> _noPage = new("--no-page") { Description = "Answer the API only." };
    private readonly ServerSettings _settings = new();

    public ServeCommand()
        : base("serve", "Run the web application: upload songs, separate them, listen to their stems.")
    {
        foreach (Option option in new Option[] { _urls, _token, _tokens, _hosts, _proxy, _networks, _maxUpload, _quota, _rate, _noPage }.Concat(_settings.All))
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        ServerOptions options = _settings.Read(parsed);
        Limits standard = options.Limits;
        options = options with
        {
            Urls = (parsed.GetValue(_urls) ?? ServerSettings.Variable("DESCANT_URLS") ?? ServerOptions.DefaultUrl).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Tokens = Tokens(parsed.GetValue(_token) ?? ServerSettings.Variable("DESCANT_TOKEN"), parsed.GetValue(_tokens) ?? ServerSettings.Variable("DESCANT_TOKENS")),
            Hosts = [.. parsed.GetValue(_hosts) ?? [], .. List("DESCANT_HOSTS")],
            IsBehindProxy = parsed.GetValue(_proxy) || ServerSettings.Variable("DESCANT_BEHIND_PROXY") == "1",
            ProxyNetworks = [.. parsed.GetValue(_networks) ?? [], .. List("DESCANT_PROXY_NETWORKS")],
            Limits = standard with
            {
                UploadBytes = parsed.GetValue(_maxUpload) is { } upload ? ServerSettings.Bytes("max-upload", upload) : standard.UploadBytes,
                QuotaBytes = parsed.GetValue(_quota) is { } quota ? ServerSettings.Bytes("quota", quota) : null,
                RequestsPerMinute = parsed.GetValue(_rate) is not { } rate ? standard.RequestsPerMinute : rate > 0 ? rate : throw new ArgumentException($"rate: expected requests above 0, got {rate}"),
            },
        };
        if (options.Models.List().Count == 0)
        {
            throw new ArgumentException($"serve: expected a model in {string.Join(" or ", options.Models.Folders)}, there is none; run: descant models import FILE");
        }

        options = options with { Page = parsed.GetValue(_noPage) ? null : PageFolder.Find(typeof(ServeCommand).Assembly, line => Console.Error.WriteLine("descant: " + line)) };
        await using DescantServer server = await DescantServer.StartAsync(options, cancellation);
        foreach (string address in server.Addresses)
        {
            Console.Out.WriteLine($"Descant listens on {address} (model {options.Models.UsualName()}, data in {Path.GetFullPath(options.Data)}); Ctrl+C stops it");
        }

        await server.RunAsync(cancellation);
        return CommandLine.Success;
    }

    private static string[] List(string variable) => ServerSettings.Variable(variable)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static Dictionary<string, string> Tokens(string? token, string? file)
    {
        const int FewestCharacters = 12;
        Dictionary<string, string> tokens = new(StringComparer.Ordinal);
        if (token is not null)
        {
            Add("owner", token, "token");
        }

        foreach (string line in file is null ? [] : File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            int colon = line.IndexOf(':');
            string name = colon < 0 ? "" : line[..colon].Trim();
            if (name.Length is 0 or > 40 || name.Any(character => !(char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-')))
            {
                throw new ArgumentException($"tokens: {file}: expected lines NAME:TOKEN with names of a-z, 0-9 and '-'");
            }

            Add(name, line[(colon + 1)..].Trim(), $"tokens: {file}: {name}");
        }

        return tokens;

        void Add(string name, string secret, string where)
        {
            if (secret.Length < FewestCharacters)
            {
                throw new ArgumentException($"{where}: expected a token of at least {FewestCharacters} characters, got {secret.Length}; make one with: openssl rand -hex 24");
            }

            if (!tokens.TryAdd(secret, name))
            {
                throw new ArgumentException($"{where}: the token belongs to another user already");
            }
        }
    }
}
