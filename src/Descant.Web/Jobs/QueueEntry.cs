using System.Globalization;
using Descant.Web.Library;

namespace Descant.Web.Jobs;

/// <summary>An unfinished job: its turn, its user, its identifier. The name of an empty file in the queue folder.</summary>
internal sealed record QueueEntry(long Turn, string User, string JobId)
{
    /// <summary>Jobs of one round differ by their time of submission, in milliseconds modulo this.</summary>
    public const long RoundLength = 1_000_000_000;

    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{Turn:D19}.{JobId}.{User}");

    public long Round => Turn / RoundLength;

    public static QueueEntry? Parse(string fileName)
    {
        string[] parts = fileName.Split('.', 3);
        return parts.Length == 3 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long turn) && Identifier.IsValid(parts[1])
            ? new QueueEntry(turn, parts[2], parts[1]) : null;
    }
}
