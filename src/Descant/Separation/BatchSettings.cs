namespace Descant.Separation;

/// <summary>How a batch of songs is named and scheduled.</summary>
public sealed record BatchSettings
{
    /// <summary>The folder that everything is written into.</summary>
    public string OutputFolder { get; init; } = "separated";

    /// <summary>How the stems are named in it.</summary>
    public OutputTemplate Template { get; init; } = new(OutputTemplate.Default);

    /// <summary>Songs that are worked on at once; their networks take turns, decoding and writing run side by side.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Whether songs whose stems the manifest lists as finished are left alone.</summary>
    public bool SkipExisting { get; init; }

    /// <summary>Whether files that Descant did not write may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether everything is planned and nothing done.</summary>
    public bool DryRun { get; init; }

    /// <summary>Tells how old the leftovers of killed processes are; those of more than a day are removed from the songs' folders.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
