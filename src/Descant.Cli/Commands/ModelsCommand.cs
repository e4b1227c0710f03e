using System.CommandLine;
using System.Globalization;
using Descant.Audio;
using Descant.Models;
using Descant.Networks;
using Descant.Separation;
using Descant.Tensors;

namespace Descant.Cli.Commands;

/// <summary>Lists, shows, verifies, imports and exports models.</summary>
internal sealed class ModelsCommand : Command
{
    public ModelsCommand()
        : base("models", "List, show, verify, import and export models.")
    {
        Add(List());
        Add(Show());
        Add(Verify());
        Add(Import());
        Add(Export());
    }

    private static Argument<string> Model() => new("model") { Description = "A model's name or file." };

    private static Command List()
    {
        Command list = new("list", "Print the models, what they are and their terms.");
        list.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            ModelLibrary library = ModelLibrary.OfThisMachine();
            IReadOnlyDictionary<string, string> models = library.List();
            string? standard = models.GetValueOrDefault(library.UsualName());
            int result = CommandLine.Success;
            foreach (string file in models.Values)
            {
                try
                {
                    ModelCard card = ModelCard.Read(file);
                    string isDefault = file == standard ? " (default)" : "";
                    output.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"{card.Name}{isDefault}: {card.Network}, {card.Bytes / 1e6:F1} MB, licence: {card.Licence}"));
                }
                catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
                {
                    ErrorLine.Write(error);
                    result = CommandLine.Failure;
                }
            }

            if (models.Count == 0)
            {
                output.WriteLine($"no models in {string.Join(" or ", library.Folders)}; descant train makes one, descant models import adds one");
            }

            return result;
        });
        return list;
    }

    private static Command Show()
    {
        Argument<string> model = Model();
        Command show = new("show", "Print what a model does, and its card.") { model };
        show.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            ModelCard card = ModelCard.Read(ModelLibrary.OfThisMachine().Find(parsed.GetRequiredValue(model)));
            output.WriteLine($"{card.Name}: {card.Path}");
            output.WriteLine($"network: {card.Network}");
            output.WriteLine($"separates: {ModelCard.Verify(card.Path)}");
            output.WriteLine($"licence: {card.Licence}");
            if (card.Text.Length > 0)
            {
                output.WriteLine();
                output.WriteLine(card.Text.TrimEnd());
            }

            return CommandLine.Success;
        });
        return show;
    }

    private static Command Verify()
    {
        Argument<string[]> models = new("model") { Description = "Models to verify; all when none is named.", Arity = ArgumentArity.ZeroOrMore };
        Command verify = new("verify", "Load models whole, look at every weight, and print their SHA-256.") { models };
        verify.SetAction(parsed =>
        {
            ModelLibrary library = ModelLibrary.OfThisMachine();
            string[] named = parsed.GetValue(models) ?? [];
            int result = CommandLine.Success;
            foreach (string file in named.Length > 0 ? named.Select(library.Find) : library.List().Values)
            {
                try
                {
                    ModelCard.Verify(file);
                    parsed.InvocationConfiguration.Output.WriteLine($"{file}: sound, SHA-256 {SeparationManifest.Hash(file)}");
                }
                catch (InvalidDataException error)
                {
                    ErrorLine.Write(error);
                    result = CommandLine.Failure;
                }
            }

            return result;
        });
        return verify;
    }

    private static Command Import()
    {
        Argument<string> file = new("file") { Description = "A model's file (its card, file.md, comes along), or Open-Unmix's weights: a .pth, or a separator.json for all beside it." };
        Option<string?> name = new("--name") { Description = "What the model is to be called; several get their target behind it. [default: the file's name]" };
        Command import = new("import", "Verify a model and copy it into your own models. Files from elsewhere are read, never run.") { file, name };
        import.SetAction(parsed =>
        {
            string source = parsed.GetRequiredValue(file);
            if (!File.Exists(source))
            {
                throw new ArgumentException($"import: expected the file of a model, got {source}");
            }

            if (OpenUnmixImport.Reads(source))
            {
                ImportOpenUnmix(source, parsed.GetValue(name), parsed);
                return CommandLine.Success;
            }

            ModelCard.Verify(source);
            Copy(source, Path.Combine(ModelLibrary.UserFolder(), (parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(source)) + ".safetensors"), parsed);
            return CommandLine.Success;
        });
        return import;
    }

    private static void ImportOpenUnmix(string source, string? name, ParseResult parsed)
    {
        IReadOnlyList<string> files = OpenUnmixImport.Files(source);
        using Engine engine = new(1);
        List<(PendingFile Model, string Card, string Line)> imported = [];
        try
        {
            foreach (string file in files)
            {
                imported.Add(Prepare(file));
            }

            // Names only now: of several files that belong together none is imported where one cannot be.
            foreach ((PendingFile model, string card, string line) in imported)
            {
                model.Commit();
                using PendingFile text = new(Path.ChangeExtension(model.FinalPath, ".md"));
                File.WriteAllText(text.TemporaryPath, card);
                text.Commit();
                parsed.InvocationConfiguration.Output.WriteLine(line);
            }
        }
        finally
        {
            foreach ((PendingFile model, _, _) in imported)
            {
                model.Dispose();
            }
        }

        (PendingFile Model, string Card, string Line) Prepare(string file)
        {
            string model = name is null ? Path.GetFileNameWithoutExtension(file)
                : files.Count == 1 ? name
                : $"{name}-{OpenUnmixImport.TargetOf(file)}";
            string destination = Path.Combine(ModelLibrary.UserFolder(), model + ".safetensors");
            RefuseExisting(destination);
            if (imported.Any(other => other.Model.FinalPath == Path.GetFullPath(destination)))
            {
                throw new ArgumentException($"import: expected one file for each target beside {source}, got two that would be called {model}");
            }

            (NetworkPreset preset, Network network) = OpenUnmixImport.Read(file, engine);
            string card = $"""
                # {model}

                Open-Unmix for {network.Sources[0]}, imported from `{Path.GetFileName(file)}`.

                Licence: that of the file it was imported from
                """ + Environment.NewLine;
            PendingFile pending = new(destination);
            try
            {
                ModelFile.Save(pending.TemporaryPath, preset, network);
            }
            catch
            {
                pending.Dispose();
                throw;
            }

            return (pending, card, $"{destination}: {string.Join(", ", network.Sources)}; {network.SampleRate} Hz, {network.ParameterCount:N0} weights");
        }
    }

    private static void RefuseExisting(string destination)
    {
        if (File.Exists(destination))
        {
            throw new IOException($"{destination}: exists already; remove it first");
        }
    }

    private static Command Export()
    {
        Argument<string> model = Model();
        Argument<string> target = new("file") { Description = "Where to copy it; a folder keeps its name." };
        Option<bool> half = new("--half") { Description = "Write the weights in half precision: half the size, three digits." };
        Command export = new("export", "Copy a model and its card out.") { model, target, half };
        export.SetAction(parsed =>
        {
            string source = ModelLibrary.OfThisMachine().Find(parsed.GetRequiredValue(model));
            string destination = parsed.GetRequiredValue(target);
            Copy(source, Directory.Exists(destination) ? Path.Combine(destination, Path.GetFileName(source)) : destination, parsed, parsed.GetValue(half));
            return CommandLine.Success;
        });
        return export;
    }

    private static void Copy(string source, string destination, ParseResult parsed, bool half = false)
    {
        destination = Path.GetFullPath(destination);
        RefuseExisting(destination);

        using (PendingFile file = new(destination))
        {
            if (half)
            {
                ModelFile.Halve(source, file.TemporaryPath);
            }
            else
            {
                File.Copy(source, file.TemporaryPath);
            }

            file.Commit();
        }

        // The card, and what its licence asks to be named.
        foreach (string ending in new[] { ".md", ".attribution.md" })
        {
            string text = Path.ChangeExtension(source, ending);
            if (File.Exists(text))
            {
                File.Copy(text, Path.ChangeExtension(destination, ending), overwrite: true);
            }
        }

        parsed.InvocationConfiguration.Output.WriteLine(destination);
    }
}
