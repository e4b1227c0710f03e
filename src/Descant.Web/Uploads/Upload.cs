namespace Descant.Web.Uploads;

/// <summary><c>upload.json</c>: a file that arrives in chunks.</summary>
internal sealed record UploadRecord
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required long Size { get; init; }

    public required DateTimeOffset Created { get; init; }
}

/// <summary>An upload as clients see it.</summary>
internal sealed record UploadView(string Id, string Name, long Size, long Offset, int ChunkBytes, DateTimeOffset Expires, string? TrackId);

/// <summary>What a client announces.</summary>
internal sealed record UploadRequest(string? Name, long? Size);
