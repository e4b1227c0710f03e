using System.Net;
using Descant.Web.Events;
using Descant.Web.Jobs;
using Descant.Web.Library;
using Descant.Web.Operations;
using Descant.Web.Pages;
using Descant.Web.Security;
using Descant.Web.Uploads;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Npgsql;
using Quartz;

namespace Descant.Web;

/// <summary>The web application, or a worker of it: a process that shares its jobs and answers for its health only.</summary>
public sealed class DescantServer : IAsyncDisposable
{
    private const int JsonBytes = 64 << 10;
    private static readonly TimeSpan s_shutdown = TimeSpan.FromSeconds(20);
    private readonly WebApplication _app;

    private DescantServer(WebApplication app) => _app = app;

    /// <summary>The addresses that it listens on, with the ports that a 0 became.</summary>
    public IReadOnlyList<string> Addresses => [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    /// <summary>What is put together behind the endpoints.</summary>
    internal IServiceProvider Services => _app.Services;

    /// <summary>Starts a server.</summary>
    /// <exception cref="ArgumentException">Options that are refused; one line.</exception>
    /// <exception cref="IOException">The address is taken, or the data folder cannot be written.</exception>
    public static Task<DescantServer> StartAsync(ServerOptions options, CancellationToken cancellation = default) => StartAsync(options, isWorker: false, time: null, cancellation);

    /// <summary>Starts a worker, which separates what servers queue; it listens for questions about its health only.</summary>
    /// <exception cref="ArgumentException">Options that are refused; one line.</exception>
    public static Task<DescantServer> StartWorkerAsync(ServerOptions options, CancellationToken cancellation = default) => StartAsync(options, isWorker: true, time: null, cancellation);

    /// <summary>Waits until the process is asked to stop, then stops in good order: running jobs are given back.</summary>
    /// <exception cref="IOException">It stopped unasked, because a part of it failed.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using CancellationTokenRegistration stop = cancellation.Register(_app.Lifetime.StopApplication);
        await _app.WaitForShutdownAsync(CancellationToken.None);
        if (Services.GetServices<IHostedService>().OfType<BackgroundService>().FirstOrDefault(service => service.ExecuteTask is { IsFaulted: true }) is { } failed)
        {
            // Supervisors start again what ended with a failure only.
            string reason = Audio.AudioReader.OneLine(failed.ExecuteTask!.Exception!.InnerException!.Message);
            throw new IOException($"the server stopped, expected it to run until it is asked to: its {failed.GetType().Name} failed ({reason}); the log says where, start it again");
        }
    }

    /// <summary>Stops in good order.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    internal static async Task<DescantServer> StartAsync(ServerOptions options, bool isWorker, TimeProvider? time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options, isWorker);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        Configure(builder, options, time ?? TimeProvider.System);
        WebApplication app = builder.Build();
        Route(app, options, isWorker);
        await app.StartAsync(cancellation);
        return new DescantServer(app);
    }

    private static void Check(ServerOptions options, bool isWorker)
    {
        if (options.Urls.FirstOrDefault(url => !url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            throw new ArgumentException($"urls: expected http://ADDRESS:PORT, got {other}; put a proxy such as nginx in front for HTTPS (deploy/nginx.conf)");
        }

        if (options.Tokens.Count == 0 && !isWorker && options.Urls.FirstOrDefault(url => !IsLoopback(RequestOrigin.HostOf(url))) is { } open)
        {
            throw new ArgumentException($"urls: {open} can be reached from other machines, which needs a token; add --token or --tokens, or listen on 127.0.0.1");
        }

        if (isWorker && options.Postgres is null)
        {
            throw new ArgumentException("worker: expected --postgres CONNECTION: workers find their jobs there");
        }
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static void Configure(WebApplicationBuilder builder, ServerOptions options, TimeProvider time)
    {
        builder.WebHost.UseUrls([.. options.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = JsonBytes;
        });
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None).AddFilter("Quartz", LogLevel.Warning);
        if (options.LogsJson)
        {
            builder.Logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        }
        else
        {
            builder.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.UseUtcTimestamp = true;
            });
        }

        IServiceCollection services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = s_shutdown);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.MaxDepth = JsonFiles.Options.MaxDepth;
            foreach (System.Text.Json.Serialization.JsonConverter converter in JsonFiles.Options.Converters)
            {
                json.SerializerOptions.Converters.Add(converter);
            }
        });
        services.AddOpenApi(ApiDescription.Describe);
        services.AddMetrics();
        services.AddSingleton(options).AddSingleton(time);
        services.AddSingleton(new DataFolder(options.Data)).AddSingleton<JsonFiles>();
        services.AddSingleton<BoundedFfmpeg>().AddSingleton<UploadStore>().AddSingleton<MediaProbe>().AddSingleton<Finishing>().AddSingleton<Preparation>();
        services.AddSingleton<TrackStore>().AddSingleton<LibraryUsage>().AddSingleton<Renders>().AddSingleton<TrackRemoval>().AddSingleton<Retention>();
        services.AddSingleton<ModelCatalog>().AddSingleton<JobStore>().AddSingleton<JobQueue>().AddSingleton<JobRunner>();
        services.AddSingleton<Views>().AddSingleton<EventHub>().AddSingleton<ServerMetrics>().AddSingleton<PrometheusText>();
        services.AddSingleton<Sessions>().AddSingleton<Access>();
        services.AddSingleton<QueueAnnouncer>().AddHostedService(provider => provider.GetRequiredService<QueueAnnouncer>());
        if (options.Postgres is not null)
        {
            services.AddHostedService<PostgresRelay>();
        }

        services.AddQuartz(quartz => ConfigureQuartz(quartz, options));
        services.AddQuartzHostedService(quartz => quartz.WaitForJobsToComplete = true);
        services.AddHostedService<Reconciliation>();
        if (options.IsBehindProxy)
        {
            services.Configure<ForwardedHeadersOptions>(forwarded =>
            {
                forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
                foreach (string network in options.ProxyNetworks)
                {
                    forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.TryParse(network, out System.Net.IPNetwork known) ? known
                        : throw new ArgumentException($"proxy: expected a network such as 10.0.0.0/8, got {network}"));
                }
            });
        }
    }

    private static void ConfigureQuartz(IQuartzBuilder quartz, ServerOptions options)
    {
        const int PreparationsAtOnce = 2;
        quartz.ConfigureScheduler(scheduler =>
        {
            scheduler.InstanceName = "descant";
            scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            scheduler.IdleWaitTime = TimeSpan.FromSeconds(2);
            scheduler.GenerateInstanceId = options.Postgres is not null;
        });
        quartz.UseDefaultThreadPool(options.Jobs + PreparationsAtOnce + 1);
        quartz.UseExecutionLimits(limits => limits.ForGroup(JobQueue.SeparationGroup, options.Jobs).ForGroup(JobQueue.PreparationGroup, PreparationsAtOnce));
        if (options.Postgres is { } connection)
        {
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(NpgsqlFactory.Instance, connection);
                store.ProvisionSchema();
                store.ConfigureStore(ado => ado.RecoverFiringsCancelledByShutdown = true);
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(2);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(6);
                });
            });
        }

        quartz.AddJobType<SeparationJob>().AddJobType<PreparationJob>().AddJobType<RetentionJob>();
        quartz.ScheduleJob<RetentionJob>(trigger => trigger.WithIdentity("retention").StartNow()
            .WithSchedule(SimpleScheduleBuilder.Create().WithInterval(TimeSpan.FromMinutes(10)).RepeatForever()));
    }

    private static void Route(WebApplication app, ServerOptions options, bool isWorker)
    {
        // The counters listen from the start, and gauges ask those that know.
        app.Services.GetRequiredService<PrometheusText>();
        JobQueue queue = app.Services.GetRequiredService<JobQueue>();
        EventHub events = app.Services.GetRequiredService<EventHub>();
        app.Services.GetRequiredService<ServerMetrics>().Observe(() => queue.Positions().Count, () => events.Streams);

        if (options.IsBehindProxy)
        {
            app.UseForwardedHeaders();
        }

        app.UseMiddleware<ProblemResponses>();
        app.Use((context, next) =>
        {
            SecurityHeaders.Apply(context);
            return next(context);
        });
        app.UseMiddleware<RequestOrigin>();
        Access access = app.Services.GetRequiredService<Access>();
        app.Use(access.InvokeAsync);
        app.UseRouting();
        app.MapOperations();
        if (isWorker)
        {
            return;
        }

        app.MapOpenApi();
        RouteGroupBuilder api = app.MapGroup("/api/v1");
        api.MapServer();
        api.MapSession();
        api.MapUploads();
        api.MapTracks();
        api.MapJobs();
        api.MapSources();
        api.MapEvents();
        if (options.Page is { } page)
        {
            app.UsePage(page);
        }
    }
}
