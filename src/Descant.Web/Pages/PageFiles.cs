using Microsoft.Extensions.FileProviders;

namespace Descant.Web.Pages;

/// <summary>Serves the built page: its files, and its start for every address that is the page's own business.</summary>
internal static class PageFiles
{
    private const string Assets = "/assets";

    public static void UsePage(this WebApplication app, IFileProvider files)
    {
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl =
                file.Context.Request.Path.StartsWithSegments(Assets) ? "public, max-age=31536000, immutable" : "no-cache",
        });
        app.MapFallback("{*path:nonfile}", (HttpContext context) =>
        {
            PathString path = context.Request.Path;
            if (path.StartsWithSegments("/api") || path.StartsWithSegments("/openapi") || path.StartsWithSegments("/metrics"))
            {
                throw Problem.NotFound("resource");
            }

            // The page names its files relative to itself, for proxies that serve it in a folder: what lies deeper has to go up first.
            if (path.Value!.Count(character => character == '/') - 1 is > 0 and int depth)
            {
                return Results.Redirect(string.Concat(Enumerable.Repeat("../", depth)));
            }

            context.Response.Headers.CacheControl = "no-cache";
            return Results.Stream(files.GetFileInfo(PageFolder.Index).CreateReadStream(), "text/html; charset=utf-8");
        }).ExcludeFromDescription();
    }
}
