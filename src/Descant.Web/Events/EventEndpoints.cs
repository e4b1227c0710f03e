using System.Text;
using System.Text.Json;
using Descant.Web.Library;
using Descant.Web.Security;

namespace Descant.Web.Events;

/// <summary>The one stream that a browser keeps open.</summary>
internal static class EventEndpoints
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(10);

    public static void MapEvents(this RouteGroupBuilder api) => api.MapGet("/events", StreamAsync)
        .WithSummary("Everything that changes, as server-sent events.").Produces<string>(contentType: "text/event-stream");

    private static async Task StreamAsync(HttpContext context, EventHub hub, IHostApplicationLifetime lifetime, TimeProvider time, string? lastEventId = null)
    {
        string? last = context.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? lastEventId;
        using EventHub.Subscription subscription = hub.Subscribe(context.User(), last);
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx passes it on as it comes
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await SendAsync("hello", new { server = hub.ServerId, version = ServerVersion.Text, replayed = subscription.IsReplayed }, "retry: 1000\nid: " + subscription.StartId + "\n");
            while (!subscription.Events.Completion.IsCompleted)
            {
                using CancellationTokenSource wait = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
                wait.CancelAfter(s_heartbeat);
                bool hasMore;
                try
                {
                    hasMore = await subscription.Events.WaitToReadAsync(wait.Token);
                }
                catch (OperationCanceledException) when (!end.IsCancellationRequested)
                {
                    await SendAsync("ping", new { time = time.GetUtcNow() }, "");
                    continue;
                }

                while (hasMore && subscription.Events.TryRead(out byte[]? text))
                {
                    await response.Body.WriteAsync(text, end.Token);
                }

                await response.Body.FlushAsync(end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            if (!context.RequestAborted.IsCancellationRequested)
            {
                await SendAsync("bye", new { }, "");
            }
        }

        async Task SendAsync(string name, object body, string head)
        {
            string text = $"{head}event: {name}\ndata: {JsonSerializer.Serialize(body, JsonFiles.Options)}\n\n";
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
            await response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
