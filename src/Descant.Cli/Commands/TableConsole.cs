using Spectre.Console;

namespace Descant.Cli.Commands;

/// <summary>Where tables are printed: with colours and the width of a terminal, plain and wide into a file or a pipe.</summary>
internal static class TableConsole
{
    private const int PlainWidth = 160;

    public static IAnsiConsole On(TextWriter output)
    {
        bool plain = Console.IsOutputRedirected || output != Console.Out;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        if (plain)
        {
            console.Profile.Width = PlainWidth;
        }

        return console;
    }
}
