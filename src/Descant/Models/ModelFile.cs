using System.Text.Json;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;

namespace Descant.Models;

/// <summary>A trained network on disk: safetensors whose metadata hold the network's definition.</summary>
public static class ModelFile
{
    internal const string NameKey = "descant.network";
    private const string OptionsKey = "descant.options";

    /// <summary>What a file's metadata must say so that <see cref="Load"/> can build the network again.</summary>
    public static IReadOnlyDictionary<string, string> Describe(NetworkPreset preset) => new Dictionary<string, string>
    {
        [NameKey] = preset.Name,
        [OptionsKey] = JsonSerializer.Serialize(preset.Options, NetworkJson.Default.NetworkOptions),
    };

    /// <summary>Writes a network's weights, whole or not at all.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="preset">What the network was built from.</param>
    /// <param name="network">Its weights.</param>
    /// <param name="type">F16 halves the size and keeps three digits.</param>
    public static void Save(string path, NetworkPreset preset, Network network, SafetensorsType type = SafetensorsType.F32)
    {
        Parameter[] parameters = [.. network.Parameters];
        using SafetensorsWriter writer = new(
            path, parameters.Select(p => (p.Name, (IReadOnlyList<int>)p.Value.Shape.ToArray())), Describe(preset), type);
        foreach (Parameter parameter in parameters)
        {
            writer.Write(parameter.Name, parameter.Value.ToArray());
        }

        writer.Complete();
    }

    /// <summary>Writes a model's weights in half precision: half the size, three digits.</summary>
    /// <param name="source">A model.</param>
    /// <param name="destination">The file to create or replace, whole or not at all.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or a value is beyond half precision's 65504.</exception>
    public static void Halve(string source, string destination)
    {
        using SafetensorsFile file = SafetensorsFile.Open(source);
        using SafetensorsWriter writer = new(
            destination, file.Entries.Select(entry => (entry.Name, entry.Shape)), file.Metadata, SafetensorsType.F16);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            float[] values = file.Read(entry.Name);
            if (Array.Find(values, value => !Half.IsFinite((Half)value)) is var beyond and not 0)
            {
                throw new InvalidDataException($"'{source}': '{entry.Name}' has a value of {beyond}, half precision ends at 65504. Keep this model in single precision.");
            }

            writer.Write(entry.Name, values);
        }

        writer.Complete();
    }

    /// <summary>Builds the network that a file describes and fills in its weights.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, describes no network of ours, or lacks weights.</exception>
    public static Network Load(string path, Engine engine)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        NetworkOptions options = Options(path, file);
        Network network;
        try
        {
            network = options.Build(new Initializer(engine, seed: 0));
        }
        catch (Exception error) when (error is ArgumentException or ArithmeticException)
        {
            throw new InvalidDataException($"'{path}': no network can be built from its '{OptionsKey}' ({error.Message}); the file is damaged.", error);
        }

        Fill(network, file, path);
        return network;
    }

    /// <summary>Takes over the weights of another network that fit: a sibling's, or those of a part.</summary>
    /// <param name="network">Keeps its own where none of that name and shape is in the file.</param>
    /// <param name="path">A model or any safetensors file.</param>
    /// <returns>How many weight tensors were taken over.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or nothing in it fits.</exception>
    public static int TakeOver(Network network, string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        int taken = 0;
        foreach (Parameter parameter in network.Parameters)
        {
            if (file.TryGet(parameter.Name, out SafetensorsEntry? entry) && entry.Shape.SequenceEqual(parameter.Value.Shape.ToArray()))
            {
                parameter.Value.Assign(file.Read(parameter.Name));
                taken++;
            }
        }

        return taken > 0 ? taken : throw new InvalidDataException(
            $"'{path}': none of its weights has the name and shape of one of the network's; begin with a model of the same kind.");
    }

    private static void Fill(Network network, SafetensorsFile file, string path)
    {
        foreach (Parameter parameter in network.Parameters)
        {
            if (!file.TryGet(parameter.Name, out SafetensorsEntry? entry) || !entry.Shape.SequenceEqual(parameter.Value.Shape.ToArray()))
            {
                throw new InvalidDataException(
                    $"'{path}': expected weights '{parameter.Name}' of shape {parameter.Value}, got {(entry is null ? "none" : $"[{string.Join(", ", entry.Shape)}]")}. The file is of another version or damaged.");
            }

            parameter.Value.Assign(file.Read(parameter.Name));
        }
    }

    private static NetworkOptions Options(string path, SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(OptionsKey, out string? json))
        {
            throw new InvalidDataException($"'{path}' holds weights but no Descant network: its metadata lack '{OptionsKey}'. Use a model that `descant train` wrote.");
        }

        try
        {
            return NetworkOptions.Read(json);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}': '{OptionsKey}' describes no known network ({error.Message})");
        }
    }
}
