namespace Descant.Metrics.BssEval;

/// <summary>What the second pass found in one window.</summary>
/// <param name="Terms">Energies for each pair of reference and estimate.</param>
/// <param name="IsSilent">Whether some reference or estimate is silent in it.</param>
internal sealed record WindowEnergies(ProjectionTerms[] Terms, bool IsSilent);
