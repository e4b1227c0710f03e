using System.Text.Json;
using Microsoft.Playwright;

namespace Descant.Tests.Web.Page;

/// <summary>A separated song of any length and any stems that no server has to make: <c>invented.js</c> answers for it in the page.</summary>
internal sealed class InventedSong(int seconds, params string[] stems)
{
    /// <summary>Its place in the page.</summary>
    public const string Address = "/#/song/inventedsongforthetests00a";

    /// <summary>Makes it known to every page of a profile.</summary>
    public Task AnswerAsync(IBrowserContext context) => context.AddInitScriptAsync($"{Browser.Script("invented.js")}({JsonSerializer.Serialize(new { seconds, stems })})");
}
