using System.Diagnostics;
using Descant.Tensors;
using Xunit.Abstractions;

namespace Descant.Tests.Tensors;

/// <summary>The whole operation suite in child processes in which the runtime hides instruction sets.</summary>
/// <remarks>
/// The same kernels also run in this process on every width that it has (OperationTests); a child shows that nothing outside them
/// relies on instructions that are not there. Each child first asserts the width that it really has: a switch that a runtime no longer
/// knows (EnableAVX512F on .NET 10) would otherwise pass unnoticed.
/// </remarks>
public sealed class InstructionSetTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512", VectorWidth.Avx2)]
    [InlineData("DOTNET_EnableAVX2", VectorWidth.Portable128)]
    [InlineData("DOTNET_EnableHWIntrinsic", VectorWidth.Portable128)]
    public async Task Operations_agree_with_PyTorch_without(string instructionSwitch, VectorWidth widest)
    {
        VectorWidth expected = (VectorWidth)Math.Min((int)widest, (int)VectorWidths.Best);
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            ArgumentList = { typeof(InstructionSetTests).Assembly.Location, "operations", expected.ToString() },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[instructionSwitch] = "0";
        using Process child = Process.Start(start) ?? throw new InvalidOperationException("The child process did not start.");
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string text = await child.StandardOutput.ReadToEndAsync() + await errors;
        await child.WaitForExitAsync();
        output.WriteLine(text);
        Assert.True(child.ExitCode == 0, text);
        Assert.Contains($"width {expected}", text, StringComparison.Ordinal);
    }
}
