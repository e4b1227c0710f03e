using Microsoft.Playwright;

namespace Descant.Tests.Web.Page;

/// <summary>Pictures of what the tests see; <c>tools/screenshots</c> makes those of the documentation from them.</summary>
internal static class Screenshots
{
    private static readonly string s_folder = Path.Combine(Checkout.Root, "artifacts", "screenshots");

    public static Task TakeAsync(IPage page, string name) =>
        page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(s_folder, name + ".png"), Animations = ScreenshotAnimations.Disabled, Caret = ScreenshotCaret.Hide });
}
