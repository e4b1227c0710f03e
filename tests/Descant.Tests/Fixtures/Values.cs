namespace Descant.Tests.Fixtures;

/// <summary>An array of a fixture with its shape.</summary>
internal sealed record Values(int[] Shape, float[] Elements);
