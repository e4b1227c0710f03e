using System.Text.RegularExpressions;

namespace Descant.Datasets;

/// <summary>Tells licences that let anybody use a model for anything from those that do not.</summary>
public static partial class OpenLicence
{
    /// <summary>
    /// Whether the licence is CC0, public domain, MIT, BSD, CC-BY or CC-BY-SA. What stands in brackets is a remark and
    /// does not count, so "unstated (repository MIT)" is not open.
    /// </summary>
    public static bool Includes(string licence) => Pattern().IsMatch(licence);

    [GeneratedRegex(@"^\s*(CC0(-1\.0)?|PD|public domain|MIT|BSD(-[23]-Clause)?|CC-BY(-SA)?(-[1-4]\.0)?)\s*([(\[].*)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
