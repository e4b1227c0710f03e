using System.Runtime.InteropServices;
using Descant.Tensors.Kernels;

namespace Descant.Tests.Kernels;

/// <summary>Pinned memory of an image in one of several layouts, surrounded by NaN that must neither spread nor change.</summary>
internal sealed unsafe class ImageBuffer : IDisposable
{
    private const int Margin = 40;
    private readonly float[] _memory;
    private GCHandle _handle;

    public ImageBuffer(Random random, int batch, int height, int width, int channels, bool channelsContiguous)
    {
        int gap = random.Next(2) * random.Next(1, 9);
        if (channelsContiguous || random.Next(2) == 0)
        {
            int pixel = channels + gap;
            int row = (width * pixel) + (random.Next(2) * 5);
            (PixelStride, RowStride, ImageStride, ChannelStride) = (pixel, row, (height * row) + (random.Next(2) * 3), 1);
        }
        else
        {
            int row = width + gap;
            (PixelStride, RowStride, ImageStride, ChannelStride) = (1, row, channels * height * row, height * row);
        }

        (Batch, Height, Width, Channels) = (batch, height, width, channels);
        _memory = new float[(2 * Margin) + (batch * ImageStride) + (channels * ChannelStride)];
        Array.Fill(_memory, float.NaN);
        _handle = GCHandle.Alloc(_memory, GCHandleType.Pinned);
    }

    public int Batch { get; }

    public int Height { get; }

    public int Width { get; }

    public int Channels { get; }

    public int PixelStride { get; }

    public int RowStride { get; }

    public int ImageStride { get; }

    public int ChannelStride { get; }

    public Image View => new(
        (float*)_handle.AddrOfPinnedObject() + Margin, Batch, Height, Width, Channels, ImageStride, RowStride, PixelStride, ChannelStride);

    /// <summary>Writes the channels [first, first + Channels) of [n, y, x, c] values with so many channels in all.</summary>
    public void Write(float[] values, int first, int channels)
    {
        Each((at, pixel, c) => _memory[at] = values[(pixel * channels) + first + c]);
    }

    /// <summary>[n, y, x, c]; fails if anything around the image was written.</summary>
    public float[] Read()
    {
        float[] values = new float[Batch * Height * Width * Channels];
        bool[] inside = new bool[_memory.Length];
        Each((at, pixel, c) =>
        {
            values[(pixel * Channels) + c] = _memory[at];
            inside[at] = true;
        });
        for (int i = 0; i < _memory.Length; i++)
        {
            Assert.True(inside[i] || float.IsNaN(_memory[i]), $"wrote outside the image, at {i - Margin}");
        }

        return values;
    }

    public void Dispose()
    {
        _handle.Free();
    }

    private void Each(Action<int, int, int> visit)
    {
        for (int pixel = 0; pixel < Batch * Height * Width; pixel++)
        {
            int at = Margin + (pixel / Width / Height * ImageStride) + (pixel / Width % Height * RowStride) + (pixel % Width * PixelStride);
            for (int c = 0; c < Channels; c++)
            {
                visit(at + (c * ChannelStride), pixel, c);
            }
        }
    }
}
