using System.Reflection;
using Descant.Audio;
using Descant.Models;

namespace Descant.Cli;

/// <summary>The models inside a program that was published as one file.</summary>
internal static class BundledModels
{
    private const string Prefix = "models/";

    /// <summary>Lays them into the user's own folder, where they are missing; does nothing where the program carries none.</summary>
    public static void Unpack()
    {
        Assembly program = typeof(BundledModels).Assembly;
        foreach (string name in program.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            string target = Path.Combine(ModelLibrary.UserFolder(), name[Prefix.Length..]);
            if (File.Exists(target))
            {
                continue;
            }

            try
            {
                using PendingFile file = new(target);
                using (Stream model = program.GetManifestResourceStream(name)!) // it was listed
                using (FileStream written = File.Create(file.TemporaryPath))
                {
                    model.CopyTo(written);
                }

                file.Commit();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                ErrorLine.Write($"warning: {target}: the program's own model cannot be unpacked ({error.Message}); use --model");
                return;
            }
        }
    }
}
