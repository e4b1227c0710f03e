using System.Text.Json;

namespace Descant.Tests.Web;

/// <summary>An open stream of server-sent events.</summary>
internal sealed class EventStream : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventStream(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _lines = new StreamReader(stream);
    }

    public string? LastId { get; private set; }

    public static async Task<EventStream> OpenAsync(HttpClient client, string? lastEventId = null)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/events");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventStream(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event.</summary>
    public async Task<(string Name, JsonElement Data)> NextAsync()
    {
        using CancellationTokenSource clock = new(WebServer.Patience);
        string name = "message";
        string data = "";
        while (await _lines.ReadLineAsync(clock.Token) is { } line)
        {
            if (line.Length == 0)
            {
                if (data.Length > 0)
                {
                    return (name, JsonDocument.Parse(data).RootElement);
                }
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                LastId = line[4..];
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line[6..];
            }
        }

        return ("end", default);
    }

    /// <summary>Reads on to an event of a name that is as wanted.</summary>
    public async Task<JsonElement> UntilAsync(string wanted, Func<JsonElement, bool>? isWanted = null)
    {
        while (true)
        {
            (string name, JsonElement data) = await NextAsync();
            Assert.NotEqual("end", name);
            if (name == wanted && isWanted?.Invoke(data) != false)
            {
                return data;
            }
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
