using System.IO.Compression;

namespace Descant.Models.Torch;

/// <summary>The tensors of a file that <c>torch.save</c> wrote, by name: a state dictionary or a checkpoint that holds one.</summary>
/// <remarks>
/// Two formats: since PyTorch 1.6 a zip archive of one pickle and one entry per storage; before, a row of pickles followed by the
/// storages. Nothing of a file is ever run: see <see cref="RestrictedUnpickler"/>.
/// </remarks>
public static class TorchFile
{
    private const string OldMagic = "6cfc9c46f9206aa85019"; // of 0x1950a86a20f9469cfc6c, lowest byte first
    private const string Inside = "state_dict";

    /// <summary>Reads all tensors as 32-bit floats.</summary>
    /// <param name="path">The file, usually <c>.pth</c>.</param>
    /// <exception cref="InvalidDataException">It is damaged, is no such file, or holds anything but tensors; one line with its path.</exception>
    public static IReadOnlyDictionary<string, (IReadOnlyList<int> Shape, float[] Values)> Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            int first = file.ReadByte();
            file.Position = 0;
            return first switch
            {
                'P' => ReadZip(file),
                '\x80' => ReadOld(file),
                _ => throw new InvalidDataException("does not begin as PyTorch's files do"),
            };
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or OverflowException)
        {
            throw new InvalidDataException($"'{path}' {Sentence(error)}.", error);
        }
    }

    private static string Sentence(Exception error) => error is InvalidDataException && char.IsLower(error.Message[0])
        ? error.Message
        : $"is damaged or was not written by PyTorch ({error.Message.TrimEnd('.')})";

    private static Dictionary<string, (IReadOnlyList<int> Shape, float[] Values)> ReadZip(FileStream file)
    {
        using ZipArchive archive = new(file, ZipArchiveMode.Read);
        ZipArchiveEntry pickle = archive.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new InvalidDataException("is a zip archive without data.pkl; expected what torch.save writes");
        string folder = pickle.FullName[..^"data.pkl".Length];
        object? root;
        using (Stream stream = pickle.Open())
        {
            root = new RestrictedUnpickler(stream).Read();
        }

        return Tensors(root, storage =>
        {
            ZipArchiveEntry entry = archive.GetEntry($"{folder}data/{storage.Key}") ?? throw new InvalidDataException($"lacks the numbers '{storage.Key}'");
            if (entry.Length != storage.Elements * storage.Size || entry.Length > file.Length)
            {
                // Storages are not compressed; one larger than the file is an attack or damage.
                throw new InvalidDataException($"has {entry.Length} bytes of numbers '{storage.Key}'; expected {storage.Elements * storage.Size}");
            }

            byte[] bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            return bytes;
        });
    }

    private static Dictionary<string, (IReadOnlyList<int> Shape, float[] Values)> ReadOld(FileStream file)
    {
        if (new RestrictedUnpickler(file).Read() as string != OldMagic)
        {
            throw new InvalidDataException("does not begin as PyTorch's files do");
        }

        new RestrictedUnpickler(file).Read(); // version of the format: there was one
        if (new RestrictedUnpickler(file).Read() is Dictionary<string, object?> machine && machine.GetValueOrDefault("little_endian") is false)
        {
            throw new InvalidDataException("was written on a big-endian machine; save it again on another");
        }

        object? root = new RestrictedUnpickler(file).Read();
        List<object?> keys = new RestrictedUnpickler(file).Read() as List<object?> ?? throw new InvalidDataException("lacks the list of its numbers");
        Dictionary<string, TorchStorage> storages = [];
        Walk(root, tensor => storages[tensor.Storage.Key] = tensor.Storage);
        Dictionary<string, byte[]> numbers = [];
        foreach (string key in keys.OfType<string>())
        {
            TorchStorage storage = storages.GetValueOrDefault(key) ?? throw new InvalidDataException($"has numbers '{key}' that no tensor uses");
            byte[] count = new byte[8];
            file.ReadExactly(count);
            long length = storage.Elements * storage.Size;
            if (BitConverter.ToInt64(count) != storage.Elements || length > file.Length - file.Position)
            {
                throw new InvalidDataException($"has other numbers '{key}' than its tensors need");
            }

            byte[] bytes = new byte[length];
            file.ReadExactly(bytes);
            numbers.Add(key, bytes);
        }

        return Tensors(root, storage => numbers.GetValueOrDefault(storage.Key) ?? throw new InvalidDataException($"lacks the numbers '{storage.Key}'"));
    }

    private static Dictionary<string, (IReadOnlyList<int> Shape, float[] Values)> Tensors(object? root, Func<TorchStorage, byte[]> bytesOf)
    {
        Dictionary<string, object?> state = root as Dictionary<string, object?> ?? throw new InvalidDataException("holds no dictionary of weights");
        state = state.GetValueOrDefault(Inside) as Dictionary<string, object?> ?? state;
        Dictionary<string, (IReadOnlyList<int>, float[])> tensors = new(StringComparer.Ordinal);
        foreach ((string name, object? value) in state)
        {
            tensors[name] = value is TorchTensor tensor
                ? (tensor.Shape, tensor.Values(bytesOf(tensor.Storage)))
                : throw new InvalidDataException($"holds '{name}', which is no tensor; expected a dictionary of weights");
        }

        return tensors;
    }

    private static void Walk(object? value, Action<TorchTensor> found)
    {
        switch (value)
        {
            case TorchTensor tensor:
                found(tensor);
                break;
            case Dictionary<string, object?> map:
                foreach (object? item in map.Values)
                {
                    Walk(item, found);
                }

                break;
            case IEnumerable<object?> list:
                foreach (object? item in list)
                {
                    Walk(item, found);
                }

                break;
        }
    }
}
