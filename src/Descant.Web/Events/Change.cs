namespace Descant.Web.Events;

/// <summary>What kind of thing changed.</summary>
internal enum ChangeKind
{
    Job,
    Track,
    Upload,
}

/// <summary>Something of a user changed or is gone; whoever is told looks it up.</summary>
internal sealed record Change(string User, ChangeKind Kind, string Id);
