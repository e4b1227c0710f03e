using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Descant.Cli;

/// <summary>Numbers of options are written with a point: a comma, which .NET reads as a separator of thousands (1,5 as 15), is refused.</summary>
internal static class StrictNumbers
{
    /// <summary>Sets this rule for every such option of a command and those below it.</summary>
    public static void Require(Command command)
    {
        foreach (Option option in command.Options)
        {
            switch (option)
            {
                case Option<double> number:
                    number.CustomParser = result => Parse(result) ?? 0; // an error is noted in the result
                    break;
                case Option<double?> number:
                    number.CustomParser = Parse;
                    break;
            }
        }

        foreach (Command inner in command.Subcommands)
        {
            Require(inner);
        }
    }

    private static double? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
        {
            return number;
        }

        result.AddError($"{(result.Parent as OptionResult)?.IdentifierToken?.Value}: expected a number such as 1.5, got '{text}'");
        return null;
    }
}
