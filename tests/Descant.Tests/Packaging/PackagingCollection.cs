namespace Descant.Tests.Packaging;

/// <summary>Builds are run one after the other, and beside the other tests.</summary>
[CollectionDefinition("packaging")]
public sealed class PackagingCollection;
