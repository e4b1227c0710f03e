using System.Text.Json;
using Descant.Models.Torch;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Models;

/// <summary>Makes models of the files in which Open-Unmix is published: one <c>.pth</c> for each target, and a <c>separator.json</c> beside them.</summary>
/// <remarks>Sizes follow from the weights themselves; rate and hop length from <c>separator.json</c>, else Open-Unmix's 44,100 Hz and a quarter of the transform.</remarks>
public static class OpenUnmixImport
{
    private const int UsualSampleRate = 44100;

    /// <summary>What of a state dictionary is no weight: windows, rates, counters.</summary>
    private static readonly string[] s_facts = ["stft.", "transform.", "sample_rate", "nb_", "num_batches_tracked"];

    /// <summary>Whether a file is meant for this import rather than a model of ours.</summary>
    public static bool Reads(string path) => Path.GetExtension(path).ToLowerInvariant() is ".pth" or ".pt" or ".chkpnt" or ".json";

    /// <summary>The weight files that a path names: itself, or all beside a <c>separator.json</c>.</summary>
    /// <exception cref="InvalidDataException">There are none.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        if (!Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
        {
            return [path];
        }

        string[] beside = [.. Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, "*.pth").Order(StringComparer.Ordinal)];
        return beside.Length > 0 ? beside : throw new InvalidDataException($"'{path}': expected weights (*.pth) in its folder, found none; put them there or name one.");
    }

    /// <summary>The source that a file estimates, from its name: <c>vocals-b62c91ce.pth</c> is of vocals.</summary>
    public static string TargetOf(string path) => Path.GetFileNameWithoutExtension(path).Split('-')[0];

    /// <summary>Reads weights and builds their network.</summary>
    /// <param name="path">A file of weights.</param>
    /// <param name="engine">Where the network shall live.</param>
    /// <returns>The network, and what it was built from.</returns>
    /// <exception cref="InvalidDataException">The file holds anything but the weights of an Open-Unmix; one line.</exception>
    public static (NetworkPreset Preset, Network Network) Read(string path, Engine engine)
    {
        Dictionary<string, (IReadOnlyList<int> Shape, float[] Values)> weights = TorchFile.Read(path)
            .Where(pair => !s_facts.Any(fact => pair.Key.StartsWith(fact, StringComparison.Ordinal) || pair.Key.EndsWith(fact, StringComparison.Ordinal)))
            .ToDictionary(StringComparer.Ordinal);
        OpenUnmixOptions options = Options(path, weights);
        NetworkPreset preset = new("open-unmix", "S1", "Open-Unmix with weights from elsewhere.", options);
        Network network = preset.Build(engine);
        foreach (Parameter parameter in network.Parameters)
        {
            int[] wanted = parameter.Value.Shape.ToArray();
            if (!weights.Remove(parameter.Name, out (IReadOnlyList<int> Shape, float[] Values) found) || !found.Shape.SequenceEqual(wanted))
            {
                throw new InvalidDataException(
                    $"'{path}': expected weights '{parameter.Name}' of shape [{string.Join(", ", wanted)}], got {(found.Shape is null ? "none" : $"[{string.Join(", ", found.Shape)}]")}; it is no Open-Unmix.");
            }

            if (Array.FindIndex(found.Values, value => !float.IsFinite(value)) is >= 0 and int bad)
            {
                throw new InvalidDataException($"'{path}': weight {bad} of '{parameter.Name}' is not a finite number; the file is damaged.");
            }

            parameter.Value.Assign(found.Values);
        }

        return weights.Count == 0 ? (preset, network) : throw new InvalidDataException(
            $"'{path}': expected the weights of an Open-Unmix and nothing else, got '{weights.Keys.First()}' as well.");
    }

    private static OpenUnmixOptions Options(string path, Dictionary<string, (IReadOnlyList<int> Shape, float[] Values)> weights)
    {
        int Size(string name, int axis) => weights.TryGetValue(name, out (IReadOnlyList<int> Shape, float[] Values) found) && found.Shape.Count > axis && found.Shape[axis] > 0
            ? found.Shape[axis]
            : throw new InvalidDataException($"'{path}': expected weights '{name}', got none; it is no Open-Unmix.");
        int bins = Size("output_scale", 0), seen = Size("input_mean", 0), layers = 0;
        while (weights.ContainsKey($"lstm.weight_ih_l{layers}"))
        {
            layers++;
        }

        if (!weights.ContainsKey("lstm.weight_ih_l0_reverse"))
        {
            throw new InvalidDataException($"'{path}': expected a bidirectional LSTM, got one direction or none; such an Open-Unmix cannot be imported.");
        }

        int fft = 2 * (bins - 1);
        (int rate, int hop) = Separator(path, fft);
        return new OpenUnmixOptions
        {
            Target = TargetOf(path),
            SampleRate = rate,
            Channels = Size("fc3.weight", 0) / bins,
            FftSize = fft,
            HopLength = hop,
            BandwidthHz = (seen - 0.5f) * rate / fft, // between the last bin that is seen and the next
            Hidden = Size("fc1.weight", 0),
            Layers = layers,
        };
    }

    private static (int Rate, int Hop) Separator(string path, int fft)
    {
        string file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "separator.json");
        if (!File.Exists(file))
        {
            return (UsualSampleRate, fft / 4);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            JsonElement root = document.RootElement;
            int Whole(string key, int usual)
            {
                if (!root.TryGetProperty(key, out JsonElement value))
                {
                    return usual;
                }

                double number = value.GetDouble(); // the rate is written 44100.0
                return number >= 1 && number <= int.MaxValue && number == Math.Floor(number)
                    ? (int)number
                    : throw new InvalidDataException($"'{file}': '{key}' expects a whole number, got {number}.");
            }

            int transform = Whole("nfft", fft);
            return transform == fft ? (Whole("sample_rate", UsualSampleRate), Whole("nhop", fft / 4)) : throw new InvalidDataException(
                $"'{file}': 'nfft' is {transform}, but the weights of '{path}' are for {fft}; they belong to different models.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{file}': expected Open-Unmix's separator.json ({error.Message.Split('\n')[0].TrimEnd('.')}).", error);
        }
    }
}
