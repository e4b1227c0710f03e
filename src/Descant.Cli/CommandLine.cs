using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using System.Text;
using Descant.Audio;

namespace Descant.Cli;

/// <summary>Runs a command line: one line on standard error for every failure, one meaning for every exit code.</summary>
/// <remarks>Exit codes: 0 everything succeeded, 1 something failed, 130 interrupted by the user.</remarks>
internal static class CommandLine
{
    // A song's name may begin with @, which would otherwise name a file of further arguments.
    internal static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null };

    /// <summary>Everything that was asked for succeeded.</summary>
    public const int Success = 0;

    /// <summary>At least one thing that was asked for failed.</summary>
    public const int Failure = 1;

    /// <summary>The user interrupted the run (128 + SIGINT, as shells report it).</summary>
    public const int Interrupted = 130;

    /// <summary>Parses and invokes; commands report failure by throwing or by their own exit code.</summary>
    public static async Task<int> RunAsync(Command root, string[] arguments)
    {
        if (OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = Encoding.UTF8;
        }

        using CancellationTokenSource interruption = new();
        using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

        void Interrupt(PosixSignalContext signal)
        {
            // A second signal while the first is being honoured ends the process at once.
            signal.Cancel = !interruption.IsCancellationRequested;
            interruption.Cancel();
        }

        try
        {
            StrictNumbers.Require(root);
            ParseResult parsed = root.Parse(arguments is [] ? ["--help"] : arguments, Plain);
            if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
            {
                string path = CommandPath(parsed.CommandResult);
                string message = parsed.UnmatchedTokens is [string unknown, ..] ? $"unknown command or option '{unknown}'" : parsed.Errors[0].Message.TrimEnd('.');
                ErrorLine.Write($"{message}; see {path} --help");
                return Failure;
            }

            InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, interruption.Token);
        }
        catch (Exception exception) when (IsInterruption(exception, interruption.Token))
        {
            ErrorLine.Write("interrupted; nothing half-written was left behind");
            return Interrupted;
        }
#pragma warning disable CA1031 // The outermost frame: whatever arrives here becomes one line for the user.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ErrorLine.Write(exception);
            return Failure;
        }
    }

    private static bool IsInterruption(Exception exception, CancellationToken interruption) => exception switch
    {
        AggregateException { InnerException: { } inner } => IsInterruption(inner, interruption),
        OperationCanceledException => interruption.IsCancellationRequested,
        ProgramStoppedException => ProgramStoppedException.IsInterruption(interruption),
        _ => false,
    };

    private static string CommandPath(CommandResult command)
    {
        List<string> names = [];
        for (SymbolResult? symbol = command; symbol is not null; symbol = symbol.Parent)
        {
            if (symbol is CommandResult result)
            {
                names.Insert(0, result.Command.Name);
            }
        }

        return string.Join(' ', names);
    }
}
