using System.CommandLine;
using Descant.Cli;
using Descant.Cli.Commands;

// The catalogue of commands: one file in Commands/ and one line here each.
Command[] commands =
[
    new SeparateCommand(),
    new TrainCommand(),
    new EvaluateCommand(),
    new DatasetsCommand(),
    new BenchCommand(),
];

RootCommand root = new("Descant separates songs into stems: singing voice and accompaniment.");
foreach (Command command in commands)
{
    root.Add(command);
}

return await CommandLine.RunAsync(root, args);
