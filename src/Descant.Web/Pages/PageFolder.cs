using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.FileProviders;

namespace Descant.Web.Pages;

/// <summary>Finds the built page, and builds it in a checkout where Node is present.</summary>
internal static class PageFolder
{
    internal const string Index = "index.html";

    /// <summary>The page's files.</summary>
    /// <param name="program">Where a program that was published as one file carries them, as resources named <c>page.…</c>.</param>
    /// <param name="tell">Is told in one line what is being done, or why there is no page.</param>
    /// <returns>The files; null where there is no page, and only the API answers.</returns>
    public static IFileProvider? Find(Assembly program, Action<string> tell)
    {
        EmbeddedFileProvider carried = new(program, "page");
        return carried.GetFileInfo(Index).Exists ? carried : Folder(tell) is { } folder ? new PhysicalFileProvider(folder) : null;
    }

    private static string? Folder(Action<string> tell)
    {
        string beside = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        string? project = Project();
        if (project is null)
        {
            if (File.Exists(Path.Combine(beside, Index)))
            {
                return beside;
            }

            tell("the page was not built into this program; only the API answers");
            return null;
        }

        string built = Path.Combine(Path.GetDirectoryName(project)!, "wwwroot");
        if (!IsOutdated(project, built))
        {
            return built;
        }

        tell("building the page (once) …");
        if (Build(project) is not { } failure)
        {
            return built;
        }

        bool hasOld = File.Exists(Path.Combine(built, Index));
        tell($"{failure}; {(hasOld ? "the page is that of an earlier version" : "only the API answers")}");
        return hasOld ? built : null;
    }

    // The npm project of a checkout that the program was built in.
    private static string? Project()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string candidate = Path.Combine(folder, "src", "Descant.Web", "page");
            if (File.Exists(Path.Combine(candidate, "package.json")))
            {
                return candidate;
            }
        }

        return null;
    }

    private static bool IsOutdated(string project, string built)
    {
        FileInfo index = new(Path.Combine(built, Index));
        return !index.Exists || Directory.EnumerateFiles(project)
            .Concat(Directory.EnumerateDirectories(project).Where(folder => Path.GetFileName(folder) != "node_modules")
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)))
            .Any(file => File.GetLastWriteTimeUtc(file) > index.LastWriteTimeUtc);
    }

    // Returns what went wrong, or null.
    private static string? Build(string project)
    {
        string npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        foreach (string[] arguments in new[] { new[] { "ci", "--no-audit", "--no-fund" }, ["run", "build"] })
        {
            ProcessStartInfo start = new(npm, arguments) { WorkingDirectory = project, RedirectStandardOutput = true, RedirectStandardError = true };
            try
            {
                using Process process = Process.Start(start) ?? throw new UnreachableException("Process.Start reused a process");
                Task<string> output = process.StandardOutput.ReadToEndAsync();
                Task<string> error = process.StandardError.ReadToEndAsync();
                process.WaitForExit();
                if (process.ExitCode != 0)
                {
                    string line = (error.Result + output.Result).Split('\n').FirstOrDefault(text => text.Trim().Length > 0) ?? "";
                    return $"npm {string.Join(' ', arguments)} in {project} failed ({line.Trim()})";
                }
            }
            catch (Win32Exception)
            {
                return "the page is not built, and npm was not found; install Node.js 18 or later (Debian: sudo apt-get install nodejs npm) and run this again";
            }
        }

        return null;
    }
}
