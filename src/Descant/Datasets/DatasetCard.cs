namespace Descant.Datasets;

/// <summary>What a user must know about a data set before using it.</summary>
/// <param name="Name">Name in commands and recipes, lower case.</param>
/// <param name="Title">Full name.</param>
/// <param name="Licence">Licence, in words where there is no text.</param>
/// <param name="Citation">Publication or origin to cite.</param>
/// <param name="Layout">The files expected below the folder that is named.</param>
/// <param name="Published">How many tracks the published set has; null for folders of one's own.</param>
public sealed record DatasetCard(string Name, string Title, string Licence, string Citation, string Layout, int? Published = null);
