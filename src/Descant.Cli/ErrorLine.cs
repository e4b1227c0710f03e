namespace Descant.Cli;

/// <summary>The one form in which the command line reports a failure: <c>descant: …</c> on standard error, one line.</summary>
internal static class ErrorLine
{
    /// <summary>Writes a failure that has no exception.</summary>
    public static void Write(string message) => Console.Error.WriteLine("descant: " + OneLine(message));

    /// <summary>Writes an exception's message, and its stack trace only where DESCANT_DEBUG=1 asks for it.</summary>
    public static void Write(Exception exception)
    {
        Write(Message(exception));
        if (Environment.GetEnvironmentVariable("DESCANT_DEBUG") == "1")
        {
            Console.Error.WriteLine(exception);
        }
    }

    /// <summary>What the user reads about an exception: its message where the mistake is the user's or the file's,
    /// its type as well where it is ours.</summary>
    public static string Message(Exception exception) => exception switch
    {
        AggregateException { InnerException: { } inner } => Message(inner),
        ArgumentException argument => WithoutParameter(argument),
        FileNotFoundException { FileName: { } file } when !exception.Message.Contains(file, StringComparison.Ordinal) => $"{file}: {exception.Message}",
        IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException => exception.Message,
        OutOfMemoryException => "not enough memory",
        _ => $"internal error ({exception.GetType().Name}): {exception.Message} (DESCANT_DEBUG=1 prints where)",
    };

    private static string WithoutParameter(ArgumentException exception)
    {
        int suffix = exception.ParamName is null ? -1 : exception.Message.LastIndexOf($" (Parameter '{exception.ParamName}')", StringComparison.Ordinal);
        return suffix < 0 ? exception.Message : exception.Message[..suffix];
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
