using System.CommandLine;
using System.CommandLine.Help;
using Descant.Cli;
using Descant.Cli.Commands;

// The catalogue of commands: one file in Commands/ and one line here each.
Command[] commands =
[
    new SeparateCommand(),
    new TrainCommand(),
    new NetworksCommand(),
    new EvaluateCommand(),
    new CompareCommand(),
    new DatasetsCommand(),
    new ModelsCommand(),
    new InspectCommand(),
    new DoctorCommand(),
    new ServeCommand(),
    new WorkerCommand(),
    new BenchCommand(),
    new CompletionCommand(),
];

// A Command, not a RootCommand: that would call itself after the assembly.
Command root = new("descant", "Descant separates songs into stems: singing voice and accompaniment.") { new HelpOption(), new VersionOption() };
foreach (Command command in commands)
{
    root.Add(command);
}

if (args.Length > 0 && !args.Contains("--help"))
{
    BundledModels.Unpack();
}

return await CommandLine.RunAsync(root, args);
