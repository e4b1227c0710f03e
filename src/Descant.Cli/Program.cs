using System.CommandLine;

RootCommand root = new("Descant separates songs into stems.");
return await root.Parse(args).InvokeAsync();
