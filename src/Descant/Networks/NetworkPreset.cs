using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>A named network.</summary>
/// <param name="Name">As on the command line and in recipes.</param>
/// <param name="Paper">S0 to S4, the paper that defines it; empty for ours.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Options">Its definition.</param>
/// <param name="IsTiny">True for reduced versions that tests train.</param>
public sealed record NetworkPreset(string Name, string Paper, string Description, NetworkOptions Options, bool IsTiny = false)
{
    /// <summary>The names of the settings in <see cref="Options"/> as recipes spell them.</summary>
    public IReadOnlyList<string> OptionKeys => [.. Settings.Select(setting => Spelling.Hyphenated(setting.Name))];

    private IEnumerable<PropertyInfo> Settings => Options.GetType().GetProperties().Where(property => property.CanWrite);

    /// <summary>Builds the network with fresh weights.</summary>
    /// <param name="engine">Where its parameters live.</param>
    /// <param name="seed">Decides the weights.</param>
    public Network Build(Engine engine, int seed = 0) => Options.Build(new Initializer(engine, seed, Options.Weights));

    /// <summary>The same network with some settings changed.</summary>
    /// <param name="changes">New values by the settings' names (<see cref="OptionKeys"/>).</param>
    /// <exception cref="InvalidDataException">There is no such setting (names the nearest one), or it cannot have that value.</exception>
    public NetworkPreset With(JsonObject changes)
    {
        JsonObject settings = JsonSerializer.SerializeToNode(Options, NetworkJson.Default.NetworkOptions)!.AsObject();
        foreach ((string key, JsonNode? value) in changes)
        {
            PropertyInfo setting = Settings.FirstOrDefault(known => Spelling.Hyphenated(known.Name) == key)
                ?? throw new InvalidDataException($"{Name} has no setting '{key}'; the nearest one is '{Spelling.Nearest(key, OptionKeys)}'.");
            if (value is JsonArray { Count: 0 } && setting.PropertyType != typeof(IReadOnlyList<float>)) // no sizes, no sources; no weights are balanced ones
            {
                throw new InvalidDataException($"{Name}: setting '{key}' expects at least one value, got [].");
            }

            settings[JsonNamingPolicy.CamelCase.ConvertName(setting.Name)] = EnumOf(setting.PropertyType, value) ?? value?.DeepClone();
            try
            {
                NetworkOptions changed = settings.Deserialize(NetworkJson.Default.NetworkOptions)!; // an object is never null
                settings = JsonSerializer.SerializeToNode(changed, NetworkJson.Default.NetworkOptions)!.AsObject();
            }
            catch (JsonException)
            {
                Type type = setting.PropertyType;
                string expected = type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(Spelling.Hyphenated))}" : "another kind of value";
                throw new InvalidDataException($"{Name}: setting '{key}' expects {expected}, got {value?.ToJsonString() ?? "nothing"}.");
            }
        }

        NetworkOptions all = settings.Deserialize(NetworkJson.Default.NetworkOptions)!;
        return all.Mistake() is { } mistake ? throw new InvalidDataException($"{Name}: {mistake}.") : this with { Options = all };
    }

    /// <summary>The enumeration's value that is spelt so, <c>griffin-lim</c> or <c>GriffinLim</c>; null where it is none.</summary>
    private static JsonNode? EnumOf(Type type, JsonNode? value) => type.IsEnum && value is JsonValue text && text.TryGetValue(out string? spelt)
        ? Enum.GetNames(type).FirstOrDefault(name => Spelling.Hyphenated(name) == spelt || name.Equals(spelt, StringComparison.OrdinalIgnoreCase))
        : null;
}
