using System.Buffers;
using Descant.Web.Library;

namespace Descant.Web.Uploads;

/// <summary>Files on their way in. The part on disk is the truth about how far one is, whatever was killed in between.</summary>
internal sealed class UploadStore(DataFolder data, JsonFiles files, ServerOptions options, TimeProvider time)
{
    /// <summary>How long an unfinished upload, or the memory of a finished one, is kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const string RecordName = "upload.json";
    private const string DataName = "data";
    private const int BlockBytes = 1 << 16;

    /// <summary>Whether a key started an upload already.</summary>
    public bool IsKnown(string user, string key) => Find(user, UploadId(user, key)) is not null;

    /// <summary>Starts an upload, or finds the one that the same key started.</summary>
    public (UploadView Upload, bool IsNew) Create(string user, string key, string name, long size)
    {
        string id = UploadId(user, key);
        string folder = data.Upload(user, id);
        Directory.CreateDirectory(folder);
        using (FolderLock.Acquire(folder))
        {
            if (files.Read<UploadRecord>(Record(folder)) is { } known)
            {
                return known.Name == name && known.Size == size
                    ? (View(user, known), false)
                    : throw new Problem(StatusCodes.Status422UnprocessableEntity, "idempotency-conflict", "This Idempotency-Key was used for another file; choose a new one.");
            }

            UploadRecord record = new() { Id = id, Name = name, Size = size, Created = time.GetUtcNow() };
            files.Write(Record(folder), record);
            return (View(user, record), true);
        }
    }

    public UploadView? Find(string user, string id) =>
        Identifier.IsValid(id) && files.Read<UploadRecord>(Record(data.Upload(user, id))) is { } record ? View(user, record) : null;

    /// <summary>Uploads of a user that are not finished, oldest first.</summary>
    public IReadOnlyList<UploadView> Open(string user) => [.. DataFolder.Identifiers(data.Uploads(user))
        .Select(id => files.Read<UploadRecord>(Record(data.Upload(user, id))))
        .OfType<UploadRecord>()
        .OrderBy(record => record.Created)
        .Select(record => View(user, record))
        .Where(view => view.TrackId is null)];

    /// <summary>Appends what arrives; what arrived before the connection broke stays.</summary>
    /// <returns>The new offset.</returns>
    public async Task<long> AppendAsync(string user, UploadView upload, long offset, Stream body, CancellationToken cancellation)
    {
        string path = DataFile(user, upload.Id);
        FileStream file;
        try
        {
            // Exclusive: two writers would interleave. The loser is told to ask where the upload stands.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1, useAsync: true);
        }
        catch (DirectoryNotFoundException)
        {
            throw Problem.NotFound("upload"); // deleted meanwhile
        }
        catch (IOException)
        {
            throw Problem.Busy("Another request is writing to this upload; ask for its offset and go on from there.");
        }

        await using (file)
        {
            if (file.Length != offset)
            {
                throw WrongOffset(file.Length);
            }

            file.Position = offset;
            byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
            try
            {
                int received = 0;
                while (await body.ReadAsync(block, cancellation) is > 0 and int read)
                {
                    received += read;
                    if (received > options.Limits.ChunkBytes)
                    {
                        throw new Problem(StatusCodes.Status413PayloadTooLarge, "too-large", $"Expected at most {options.Limits.ChunkBytes} bytes in one request.");
                    }

                    if (offset + read > upload.Size)
                    {
                        throw new Problem(StatusCodes.Status413PayloadTooLarge, "too-large", $"The upload was announced with {upload.Size} bytes; more arrived.");
                    }

                    await file.WriteAsync(block.AsMemory(0, read), CancellationToken.None);
                    offset += read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(block);
            }
        }

        return offset;
    }

    /// <summary>The track that an upload becomes; the same every time.</summary>
    public string TrackId(string user, string uploadId) => Identifier.Derive(data.Key, "track " + user, uploadId);

    /// <summary>Where the received bytes are.</summary>
    public string DataFile(string user, string id) => Path.Combine(data.Upload(user, id), DataName);

    public void Remove(string user, string id) => DataFolder.Remove(data.Upload(user, id));

    /// <summary>Deletes uploads that nobody went on with.</summary>
    /// <returns>The identifiers of the deleted ones.</returns>
    public IReadOnlyList<string> RemoveStale(string user)
    {
        List<string> removed = [];
        foreach (string id in DataFolder.Identifiers(data.Uploads(user)))
        {
            string folder = data.Upload(user, id);
            DateTimeOffset touched = File.Exists(DataFile(user, id)) ? File.GetLastWriteTimeUtc(DataFile(user, id))
                : files.Read<UploadRecord>(Record(folder))?.Created ?? Directory.GetLastWriteTimeUtc(folder);
            if (touched + Lifetime < time.GetUtcNow())
            {
                Remove(user, id);
                removed.Add(id);
            }
        }

        return removed;
    }

    private string UploadId(string user, string key) => Identifier.Derive(data.Key, "upload " + user, key);

    private static string Record(string folder) => Path.Combine(folder, RecordName);

    private static Problem WrongOffset(long offset) =>
        new(StatusCodes.Status409Conflict, "wrong-offset", $"The upload stands at byte {offset}; go on from there.") { Facts = new Dictionary<string, object?> { ["offset"] = offset } };

    private UploadView View(string user, UploadRecord record)
    {
        string track = TrackId(user, record.Id);
        FileInfo part = new(DataFile(user, record.Id));
        bool isMoved = !part.Exists && Directory.Exists(data.Track(user, track));
        bool isFinished = isMoved && File.Exists(Path.Combine(data.Track(user, track), TrackStore.RecordName));
        long offset = isMoved ? record.Size : part.Exists ? part.Length : 0;
        return new UploadView(record.Id, record.Name, record.Size, offset, options.Limits.ChunkBytes, record.Created + Lifetime, isFinished ? track : null);
    }
}
