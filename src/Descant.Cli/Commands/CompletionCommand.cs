using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;

namespace Descant.Cli.Commands;

/// <summary>Prints a script that lets a shell complete commands, options, their values and models.</summary>
internal sealed class CompletionCommand : Command
{
    // Each script hands the line so far to `completion words`, and falls back to file names.
    private static readonly Dictionary<string, string> s_scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            # Completion of descant for bash. In ~/.bashrc:  source <(descant completion bash)
            _descant() {
                local IFS=$'\n'
                COMPREPLY=($(descant completion words "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
            }
            complete -o default -F _descant descant
            """,
        ["zsh"] = """
            # Completion of descant for zsh. In ~/.zshrc, after compinit:  source <(descant completion zsh)
            _descant() {
                local -a words_found
                words_found=("${(@f)$(descant completion words "$LBUFFER" 2>/dev/null)}")
                if [[ -n "$words_found" ]]; then compadd -Q -- $words_found; else _files; fi
            }
            compdef _descant descant
            """,
        ["fish"] = """
            # Completion of descant for fish. In ~/.config/fish/config.fish:  descant completion fish | source
            complete -c descant -a '(descant completion words (commandline -cp) 2>/dev/null)'
            """,
        ["pwsh"] = """
            # Completion of descant for PowerShell. In $PROFILE:  descant completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName descant -ScriptBlock {
                param($word, $line, $position)
                descant completion words $line.ToString().PadRight($position).Substring(0, $position) 2>$null |
                    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    public CompletionCommand()
        : base("completion", "Print a script that makes a shell complete descant's commands, options and models: bash, zsh, fish or pwsh.")
    {
        Argument<string> shell = new("shell") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong([.. s_scripts.Keys]);
        Add(shell);
        SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(s_scripts[parsed.GetRequiredValue(shell)]);
            return CommandLine.Success;
        });
        Add(Words());
    }

    private static Command Words()
    {
        Argument<string> line = new("line") { Description = "The command line up to the cursor." };
        Command words = new("words", "Print the words that can follow a command line.") { line };
        words.Hidden = true;
        words.SetAction(parsed =>
        {
            string text = parsed.GetRequiredValue(line);
            foreach (CompletionItem item in Root(parsed.CommandResult).Parse(text, CommandLine.Plain).GetCompletions(text.Length))
            {
                parsed.InvocationConfiguration.Output.WriteLine(item.InsertText ?? item.Label);
            }

            return CommandLine.Success;
        });
        return words;
    }

    private static Command Root(SymbolResult result)
    {
        SymbolResult top = result;
        while (top.Parent is { } parent)
        {
            top = parent;
        }

        return ((CommandResult)top).Command; // the result of the outermost command has no parent
    }
}
