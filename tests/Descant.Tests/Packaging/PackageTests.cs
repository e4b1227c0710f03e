using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Descant.Audio;
using Descant.Models;
using Descant.Networks;
using Descant.Tensors;
using Descant.Tests.Separation;

namespace Descant.Tests.Packaging;

/// <summary>The packages as others get them: packed, installed from a folder, compiled against and run.</summary>
[Collection("packaging")]
public sealed class PackageTests
{
    private const string NoModel = """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup><ItemGroup><PackageReference Include="Descant" Version="0.1.0" /></ItemGroup></Project>""";

    [Fact]
    public void Library_and_tool_install_from_a_folder_and_the_examples_of_the_guide_run()
    {
        using TemporaryFolder folder = new();
        foreach (string project in new[] { "Descant.Tensors", "Descant", "Descant.Cli" })
        {
            DotnetRun.Dotnet(
                Checkout.Root, new Dictionary<string, string?>(), "pack", $"src/{project}", "-c", DotnetRun.Configuration, "--no-build", "--nologo", "-v", "quiet", "-o", folder["packages"]);
        }

        AssertContents(folder["packages"]);
        Prepare(folder);
        Dictionary<string, string?> environment = new()
        {
            ["NUGET_PACKAGES"] = folder["cache"], // a package of the same version that lies in the user's cache would be taken instead
            ["DESCANT_MODELS"] = folder["models"],
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_NOLOGO"] = "1",
        };

        Directory.CreateDirectory(folder["app"]);
        File.WriteAllText(folder["app/app.csproj"], NoModel);
        File.WriteAllText(folder["app/Program.cs"], Examples());
        DotnetRun.Dotnet(folder["app"], environment, "build", "-c", "Release", "--nologo", "-v", "quiet", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-o", folder["built"]);
        string printed = DotnetRun.Dotnet(folder.Path, environment, folder["built/app.dll"]);
        Assert.Contains("32000 samples at 16000 Hz", printed, StringComparison.Ordinal);
        Assert.Contains("81920 samples came back", printed, StringComparison.Ordinal);
        AudioClip song = AudioClip.Load(folder["song.wav"]), vocals = AudioClip.Load(folder["stems/vocals.wav"]), rest = AudioClip.Load(folder["stems/accompaniment.wav"]);
        for (int i = 0; i < song.Samples; i++)
        {
            Assert.Equal(song.Channels[0][i], vocals.Channels[0][i] + rest.Channels[0][i]);
        }

        Assert.Equal(16000, AudioClip.Load(folder["excerpt/vocals.wav"]).Samples);
        Assert.Equal(32000, AudioClip.Load(folder["halves/accompaniment.wav"]).Samples);

        DotnetRun.Dotnet(folder.Path, environment, "tool", "install", "Descant.Tool", "--tool-path", folder["tools"], "--version", "0.1.0");
        Assert.Contains("separate", DotnetRun.Run(folder["tools/descant"], folder.Path, environment, "--help"), StringComparison.Ordinal);
        DotnetRun.Run(folder["tools/descant"], folder.Path, environment, "separate", "song.wav", "--threads", "1");
        Assert.Equal(32000, AudioClip.Load(folder["separated/song/vocals.wav"]).Samples);
    }

    /// <summary>A song, a small model under the default's name, and a folder of packages as the only further source.</summary>
    internal static void Prepare(TemporaryFolder folder)
    {
        new AudioClip(IdentityNetwork.Noise(2, 32000, 8), 16000).SaveWav(folder["song.wav"], SampleFormat.Pcm16);
        Directory.CreateDirectory(folder["models"]);
        using (Engine engine = new(1))
        {
            NetworkPreset preset = NetworkCatalog.Find("s0-tiny");
            ModelFile.Save(folder[$"models/{ModelLibrary.DefaultName}.safetensors"], preset, preset.Build(engine, seed: 1));
        }

        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(
            folder["nuget.config"],
            $"""<configuration><packageSources><add key="local" value="{folder["packages"]}" /></packageSources><fallbackPackageFolders><add key="user" value="{cache}" /></fallbackPackageFolders></configuration>""");
    }

    private static void AssertContents(string packages)
    {
        string[] files = [.. Directory.GetFiles(packages).Select(path => Path.GetFileName(path)!)];
        foreach (string id in new[] { "Descant.Tensors", "Descant", "Descant.Tool" })
        {
            Assert.Contains($"{id}.0.1.0.nupkg", files);
            Assert.Contains($"{id}.0.1.0.snupkg", files);
            using ZipArchive package = ZipFile.OpenRead(Path.Combine(packages, $"{id}.0.1.0.nupkg"));
            string[] entries = [.. package.Entries.Select(entry => entry.FullName)];
            Assert.Contains("README.md", entries);
            using StreamReader description = new(package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open());
            string text = description.ReadToEnd();
            Assert.Contains("<license type=\"expression\">MIT</license>", text, StringComparison.Ordinal);
            Assert.Contains("<readme>README.md</readme>", text, StringComparison.Ordinal);

            // No model but the one for any use ever travels in a package.
            string[] models = [.. entries.Where(entry => entry.EndsWith(".safetensors", StringComparison.Ordinal)).Select(entry => Path.GetFileName(entry))];
            bool carries = id != "Descant.Tensors" && File.Exists(Path.Combine(Checkout.Root, "models", $"{ModelLibrary.OpenName}.safetensors"));
            Assert.Equal(carries ? [$"{ModelLibrary.OpenName}.safetensors"] : [], models);
        }
    }

    // The guide's blocks in their order are one program; directives come first.
    private static string Examples()
    {
        string guide = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "library.md"));
        string[] lines = [.. Regex.Matches(guide, "```csharp\n(.*?)```", RegexOptions.Singleline).SelectMany(block => block.Groups[1].Value.Split('\n'))];
        Assert.True(lines.Length > 40, "the guide has no examples");
        StringBuilder program = new();
        foreach (string line in lines.Where(IsDirective).Concat(lines.Where(line => !IsDirective(line))))
        {
            program.Append(line).Append('\n');
        }

        return program.ToString();

        static bool IsDirective(string line) => Regex.IsMatch(line, @"^using [A-Z][\w.]+;$");
    }
}
