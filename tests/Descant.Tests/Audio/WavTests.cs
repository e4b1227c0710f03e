using System.Buffers.Binary;
using System.Text;
using Descant.Audio;

namespace Descant.Tests.Audio;

/// <summary>WAV against bytes written by hand after the RIFF and EBU Tech 3306 documents, and against Python and ffmpeg.</summary>
public sealed class WavTests : IDisposable
{
    private readonly AudioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 8, new byte[] { 0, 128, 255, 192 }, new[] { -1f, 0f, 127f / 128f, 0.5f })]
    [InlineData(1, 16, new byte[] { 0, 0x80, 0xFF, 0x7F, 1, 0, 0, 0x40 }, new[] { -1f, 32767f / 32768f, 1f / 32768f, 0.5f })]
    [InlineData(1, 24, new byte[] { 0, 0, 0x80, 0xFF, 0xFF, 0x7F, 1, 0, 0, 0xFF, 0xFF, 0xFF }, new[] { -1f, 8388607f / 8388608f, 1f / 8388608f, -1f / 8388608f })]
    [InlineData(1, 32, new byte[] { 0, 0, 0, 0x80, 0, 0, 0, 0x40, 0, 1, 0, 0, 0, 0, 0, 0xC0 }, new[] { -1f, 0.5f, 1f / 8388608f, -0.5f })]
    [InlineData(3, 32, new byte[] { 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x80, 0x3E }, new[] { 1f, -2f, 0f, 0.25f })]
    [InlineData(3, 64, new byte[] { 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0 }, new[] { 1f, -2f })]
    public void Every_sample_type_decodes_to_its_defined_value(int tag, int bits, byte[] data, float[] expected)
    {
        foreach (bool extensible in new[] { false, true })
        {
            byte[] wav = Riff("RIFF", Format(tag, 2, 44100, bits, extensible), Chunk("data", data));
            AudioClip clip = AudioClip.Load(_folder.Write("a.wav", wav));
            Assert.Equal(44100, clip.SampleRate);
            Assert.Equal(2, clip.Channels.Length);
            Assert.Equal(expected, Interleave(clip));
        }
    }

    [Fact]
    public void Twenty_bits_in_a_container_of_four_bytes_keep_their_depth()
    {
        byte[] format = Format(1, 1, 48000, 32, extensible: true);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(8 + 18), 20);
        using AudioReader reader = AudioReader.Open(
            _folder.Write("a.wav", Riff("RIFF", format, Chunk("data", [0, 0, 0, 0x40]))));
        Assert.Equal(20, reader.Properties.BitDepth);
        Assert.Equal(0.5f, AudioClip.ReadToEnd(reader).Channels[0][0]);
    }

    [Fact]
    public void Unknown_and_odd_chunks_are_passed_over_and_tags_are_read()
    {
        byte[] info = [.. "INFO"u8, .. Chunk("INAM", "Fünf\0"u8.ToArray()), .. Chunk("IART", "Ann"u8.ToArray())];
        byte[] wav = Riff(
            "RIFF", Chunk("bext", new byte[7]), Format(1, 1, 8000, 16, false), Chunk("PEAK", new byte[3]),
            Chunk("data", [1, 0, 2, 0]), Chunk("LIST", info));
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", wav));
        Assert.Equal("Fünf", reader.Properties.Tags["title"]);
        Assert.Equal("Ann", reader.Properties.Tags["artist"]);
        Assert.Equal([1f / 32768f, 2f / 32768f], AudioClip.ReadToEnd(reader).Channels[0]);
        Assert.Empty(reader.Warnings);
    }

    [Fact]
    public void Rf64_takes_its_sizes_from_ds64()
    {
        byte[] longSizes = new byte[28];
        BinaryPrimitives.WriteInt64LittleEndian(longSizes.AsSpan(8), 4);
        byte[] data = Chunk("data", [1, 0, 2, 0]);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), uint.MaxValue);
        byte[] wav = Riff("RF64", Chunk("ds64", longSizes), Format(1, 1, 8000, 16, false), data, Chunk("junk", new byte[6]));
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", wav));
        Assert.Equal(2, reader.Properties.Samples);
        Assert.Empty(reader.Warnings);
    }

    [Theory]
    [InlineData(100u, 3, "truncated WAV, 3 of 50 samples")]
    [InlineData(uint.MaxValue, 3, "never finished")]
    [InlineData(0u, 3, "never finished")]
    public void What_a_truncated_file_holds_is_read_with_a_warning(uint claimed, int samples, string warning)
    {
        byte[] data = Chunk("data", new byte[6]);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), claimed);
        byte[] wav = [.. Riff("RIFF", Format(1, 1, 8000, 16, false)), .. data];
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), 36); // what a recorder writes first: the size of a file without samples
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", wav));
        Assert.Equal(samples, AudioClip.ReadToEnd(reader).Samples);
        Assert.Contains(warning, Assert.Single(reader.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_sample_at_the_end_is_left_out_with_a_warning()
    {
        byte[] wav = Riff("RIFF", Format(1, 2, 8000, 16, false), Chunk("data", new byte[10]));
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", wav));
        Assert.Equal(2, AudioClip.ReadToEnd(reader).Samples);
        Assert.Contains("last 2 bytes", Assert.Single(reader.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_samples_is_valid()
    {
        byte[] wav = Riff("RIFF", Format(1, 2, 8000, 16, false), Chunk("data", []));
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", wav));
        Assert.Equal(0, AudioClip.ReadToEnd(reader).Samples);
        Assert.Empty(reader.Warnings);

        byte[] tagged = Riff("RIFF", Format(1, 2, 8000, 16, false), Chunk("data", []), Chunk("LIST", [.. "INFO"u8, .. Chunk("INAM", "a"u8.ToArray())]));
        using AudioReader titled = AudioReader.Open(_folder.Write("b.wav", tagged));
        Assert.Equal((0, "a"), (AudioClip.ReadToEnd(titled).Samples, titled.Properties.Tags["title"]));
        Assert.Empty(titled.Warnings);
    }

    [Fact]
    public void Audio_behind_a_data_chunk_of_size_0_is_read_although_the_RIFF_size_is_right()
    {
        byte[] data = Chunk("data", [.. Enumerable.Range(1, 64).Select(i => (byte)i)]);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), 0);
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", Riff("RIFF", Format(1, 1, 8000, 16, false), data)));
        Assert.Equal(32, AudioClip.ReadToEnd(reader).Samples);
        Assert.Contains("never finished", Assert.Single(reader.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5.1(side)", 6, 0x60Fu)]
    [InlineData("5.1", 6, 0x3Fu)]
    [InlineData("quad", 4, 0x33u)]
    [InlineData(null, 6, 0u)]
    [InlineData(null, 5, 0x3Fu)] // six speakers for five channels
    public void Speakers_are_read_and_written(string? layout, int channels, uint speakers)
    {
        byte[] format = Format(1, channels, 8000, 16, true);
        BinaryPrimitives.WriteUInt32LittleEndian(format.AsSpan(8 + 20), speakers);
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", Riff("RIFF", format, Chunk("data", new byte[channels * 4]))));
        Assert.Equal(layout, reader.Properties.Layout);

        string path = Path.Combine(_folder.Path, "b.wav");
        using (AudioWriter writer = AudioWriter.Create(path, new AudioEncoding(AudioContainer.Wav), 8000, channels, SampleFormat.Pcm16, new Dictionary<string, string>(), layout: layout))
        {
            writer.Complete();
        }

        using AudioReader written = AudioReader.Open(path);
        Assert.Equal(layout, written.Properties.Layout);
    }

    [Fact]
    public void Info_that_is_no_UTF_8_is_Latin_1()
    {
        byte[] info = [.. "INFO"u8, .. Chunk("INAM", [(byte)'F', 0xFC, (byte)'n', (byte)'f', 0]), .. Chunk("IART", "Bjørk"u8.ToArray())];
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", Riff("RIFF", Format(1, 1, 8000, 16, false), Chunk("LIST", info), Chunk("data", new byte[4]))));
        Assert.Equal(("Fünf", "Bjørk"), (reader.Properties.Tags["title"], reader.Properties.Tags["artist"]));
    }

    [Theory]
    [InlineData("3", "id3 ")] // UTF-16
    [InlineData("4", "ID3 ")] // UTF-8
    [Trait("Needs", "ffmpeg")]
    public void An_ID3_chunk_gives_the_texts_that_ffmpeg_wrote_into_it(string version, string chunk)
    {
        string mp3 = _folder.File("tagged.mp3"), picture = _folder.File("cover.png");
        AudioFolder.Ffmpeg("-f", "lavfi", "-i", "color=c=red:s=32x32:d=0.1", "-frames:v", "1", picture);
        AudioFolder.Ffmpeg(
            "-f", "lavfi", "-i", "sine=duration=0.1", "-i", picture, "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-id3v2_version", version, "-metadata", "title=Fünf 你好",
            "-metadata", "artist=Ann", "-metadata", "album_artist=Various", "-metadata", "track=3/9", "-metadata", "genre=Polka", "-metadata", "DESCANT_GAIN=0.5", mp3);
        byte[] info = [.. "INFO"u8, .. Chunk("INAM", "F?nf ??"u8.ToArray()), .. Chunk("ICRD", "1999"u8.ToArray())];
        byte[] wav = Riff("RIFF", Format(1, 1, 8000, 16, false), Chunk(chunk, File.ReadAllBytes(mp3)), Chunk("data", new byte[4]), Chunk("LIST", info));
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", wav));
        IReadOnlyDictionary<string, string> tags = reader.Properties.Tags;
        Assert.Equal(("Fünf 你好", "Ann", "Various", "3/9"), (tags["title"], tags["artist"], tags["album_artist"], tags["track"]));
        Assert.Equal(("Polka", "0.5", "1999"), (tags["genre"], tags["descant_gain"], tags["date"]));
    }

    [Fact]
    public void A_stuffed_ID3_tag_and_one_that_is_cut_off_are_read_as_far_as_they_go()
    {
        // ID3v2.3 §3.1 and §5: flag 0x80, a zero behind every 0xFF, here in a byte order mark; sizes are those before it.
        byte[] title = [.. "TIT2"u8, 0, 0, 0, 5, 0, 0, 1, 0xFF, 0, 0xFE, (byte)'a', 0];
        byte[] cut = [.. "TPE1"u8, 0, 0, 0, 200, 0, 0, 0, (byte)'b'];
        byte[] tag = [.. "ID3"u8, 3, 0, 0x80, 0, 0, 0, (byte)(title.Length + cut.Length), .. title, .. cut];
        using AudioReader reader = AudioReader.Open(_folder.Write("a.wav", Riff("RIFF", Format(1, 1, 8000, 16, false), Chunk("id3 ", tag), Chunk("data", new byte[4]))));
        Assert.Equal("a", Assert.Single(reader.Properties.Tags).Value);
    }

    [Fact]
    public void A_negative_size_in_ds64_is_damage()
    {
        byte[] Sizes(string id) => [.. new byte[24], 1, 0, 0, 0, .. Encoding.ASCII.GetBytes(id), .. BitConverter.GetBytes(-5L)];
        byte[] format = Format(1, 1, 8000, 16, false), list = Chunk("LIST", [.. "INFO"u8]), data = Chunk("data", new byte[4]);
        format.AsSpan(4, 4).Fill(0xFF);
        list.AsSpan(4, 4).Fill(0xFF);
        Assert.Throws<InvalidDataException>(() => AudioReader.Open(_folder.Write("a.wav", Riff("RF64", Chunk("ds64", Sizes("fmt ")), format, data))));
        using AudioReader reader = AudioReader.Open(_folder.Write("b.wav", Riff("RF64", Chunk("ds64", Sizes("LIST")), Format(1, 1, 8000, 16, false), data, list)));
        Assert.Equal(2, AudioClip.ReadToEnd(reader).Samples);
    }

    [Fact]
    public void Damaged_headers_end_in_one_line_that_names_the_file()
    {
        byte[][] damaged =
        [
            Riff("RIFF"),
            Riff("RIFF", Chunk("data", new byte[8])),
            Riff("RIFF", Format(1, 1, 8000, 16, false)),
            Riff("RIFF", Format(1, 0, 8000, 16, false), Chunk("data", new byte[8])),
            Riff("RIFF", Format(1, 1, 0, 16, false), Chunk("data", new byte[8])),
            Riff("RIFF", Format(1, 1, 8000, 0, false), Chunk("data", new byte[8])),
            Riff("RIFF", Format(3, 1, 8000, 16, false), Chunk("data", new byte[8])),
            Riff("RIFF", Format(1, 1, 8000, 64, false), Chunk("data", new byte[8])),
            [.. "RIFF"u8, 0, 0, 0, 0, .. "WAVE"u8, .. new byte[100_000]],
            [],
            [1, 2, 3],
            Encoding.UTF8.GetBytes(new string('a', 10_000)),
        ];
        foreach (byte[] bytes in damaged)
        {
            string path = _folder.Write("bad ☂.wav", bytes);
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => AudioClip.Load(path));
            Assert.Contains("bad ☂.wav", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void Random_damage_never_ends_in_another_exception()
    {
        byte[] sound = Riff("RIFF", Chunk("LIST", [.. "INFO"u8, .. Chunk("INAM", "abc"u8.ToArray())]), Format(1, 2, 44100, 16, true), Chunk("data", new byte[64]),
            Chunk("id3 ", [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 30, .. "TXXX"u8, 0, 0, 0, 6, 0, 2, 3, (byte)'k', 0, (byte)'v', 0xFF, 0, .. "TIT2"u8, 0, 0, 0, 4, 0, 0, 1, (byte)'a', 0]));
        Random random = new(5);
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] bytes = sound[..random.Next(12, sound.Length + 1)];
            for (int k = random.Next(4); k >= 0; k--)
            {
                bytes[random.Next(12, Math.Max(13, bytes.Length)) % bytes.Length] = (byte)random.Next(256);
            }

            try
            {
                using WavReader reader = WavReader.Open(new MemoryStream(bytes), "a.wav");
                Assert.True(AudioClip.ReadToEnd(reader).Samples * reader.Properties.Channels <= bytes.Length);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Theory]
    [InlineData(SampleFormat.Pcm16, 1)]
    [InlineData(SampleFormat.Pcm16, 2)]
    [InlineData(SampleFormat.Pcm24, 1)]
    [InlineData(SampleFormat.Pcm24, 6)]
    [InlineData(SampleFormat.FloatingPoint32, 2)]
    [InlineData(SampleFormat.FloatingPoint32, 3)]
    [Trait("Needs", "ffmpeg")]
    public void What_is_written_reads_back_exactly_here_and_in_ffmpeg(SampleFormat format, int channels)
    {
        float fullScale = format == SampleFormat.Pcm16 ? 32768f : 8388608f;
        Random random = new(1);
        float[][] planar = new float[channels][];
        for (int channel = 0; channel < channels; channel++)
        {
            // Odd length and odd bytes: the pad byte counts too.
            planar[channel] = new float[33333];
            for (int i = 0; i < planar[channel].Length; i++)
            {
                planar[channel][i] = random.Next((int)-fullScale, (int)fullScale) / fullScale * (format == SampleFormat.FloatingPoint32 ? 3f : 1f);
            }
        }

        string path = _folder.File("a.wav");
        new AudioClip(planar, 22050).SaveWav(path, format);
        AudioClip back = AudioClip.Load(path);
        Assert.Equal(22050, back.SampleRate);
        Assert.Equal(planar, back.Channels);
        AudioFolder.Ffmpeg("-i", path, "-f", "f32le", "-c:a", "pcm_f32le", _folder.File("a.raw"));
        float[] raw = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(_folder.File("a.raw"))).ToArray();
        Assert.Equal(Interleave(back), raw);
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void Integers_round_to_the_nearest_and_clamp_with_a_count()
    {
        string path = _folder.File("a.wav");
        using (WavWriter writer = new(path, 8000, 1, SampleFormat.Pcm16))
        {
            writer.Write([[1.4f / 32768f, 1.6f / 32768f, -1.6f / 32768f, 1f, -1f, -1.5f, 7f, float.NaN]], 0, 8);
            Assert.Equal(4, writer.Clamped);
            writer.Complete();
        }

        float[] expected = [1, 2, -2, 32767, -32768, -32768, 32767, 0];
        Assert.Equal(expected, AudioClip.Load(path).Channels[0].Select(x => x * 32768f));
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Above_the_limit_the_file_becomes_Rf64_that_ffmpeg_reads_too()
    {
        string path = _folder.File("a.wav");
        float[][] tones = AudioFolder.Sweeps(2, 1000, 8000);
        using (WavWriter writer = new(path, 8000, 2, SampleFormat.Pcm24, largestRiff: 3000))
        {
            writer.Write(tones, 0, 1000);
            writer.Complete();
        }

        Assert.Equal("RF64", Encoding.ASCII.GetString(File.ReadAllBytes(path)[..4]));
        AudioClip back = AudioClip.Load(path);
        Assert.Equal(1000, back.Samples);
        AudioFolder.Ffmpeg("-i", path, "-f", "f32le", "-c:a", "pcm_f32le", _folder.File("a.raw"));
        Assert.Equal(8000, new FileInfo(_folder.File("a.raw")).Length);
    }

    [Fact]
    public void Nothing_appears_under_the_final_name_before_the_end_and_nothing_stays_of_an_abandoned_file()
    {
        string path = _folder.File("a.wav");
        using (WavWriter writer = new(path, 8000, 1, SampleFormat.Pcm16))
        {
            writer.Write([new float[100]], 0, 100);
            Assert.False(File.Exists(path));
        }

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Python_reads_what_is_written_and_the_other_way_round()
    {
        string ours = _folder.File("ours.wav");
        new AudioClip([[0f, 0.25f, -0.5f], [1f / 32768f, -1f, 0.5f]], 12345).SaveWav(ours, SampleFormat.Pcm16);
        string script =
            """
            import sys, wave
            w = wave.open(sys.argv[1]); data = w.readframes(99)
            assert (w.getnchannels(), w.getsampwidth(), w.getframerate(), w.getnframes()) == (2, 2, 12345, 3)
            o = wave.open(sys.argv[2], 'wb'); o.setnchannels(2); o.setsampwidth(2); o.setframerate(12345); o.writeframes(data); o.close()
            """;
        AudioFolder.Run("python3", "-c", script, ours, _folder.File("theirs.wav"));
        Assert.Equal(AudioClip.Load(ours).Channels, AudioClip.Load(_folder.File("theirs.wav")).Channels);
    }

    [Fact]
    public void Reading_in_pieces_seeking_and_skipping_give_the_same_samples()
    {
        string path = _folder.File("a.wav");
        float[][] tones = AudioFolder.Sweeps(2, 70_001, 8000);
        new AudioClip(tones, 8000).SaveWav(path, SampleFormat.FloatingPoint32);
        using WavReader reader = (WavReader)AudioReader.Open(path);
        float[][] block = [new float[1000], new float[1000]];
        Assert.Equal(60_000, reader.Skip(60_000));
        Assert.Equal(997, reader.Read(block, 3, 997));
        Assert.Equal(tones[1][60_000..60_997], block[1][3..]);
        Assert.Equal(60_997, reader.Position);
        reader.Seek(70_000);
        Assert.Equal(1, reader.Read(block, 0, 1000));
        Assert.Equal(tones[1][70_000], block[1][0]);
        Assert.Equal(0, reader.Read(block, 0, 1000));
        reader.Seek(0);
        Assert.Equal(70_001, reader.Skip(long.MaxValue));
    }

    private static float[] Interleave(AudioClip clip) =>
        [.. Enumerable.Range(0, clip.Samples).SelectMany(i => clip.Channels.Select(channel => channel[i]))];

    private static byte[] Riff(string id, params byte[][] chunks)
    {
        byte[] body = [.. "WAVE"u8, .. chunks.SelectMany(chunk => chunk)];
        return Chunk(id, body);
    }

    private static byte[] Chunk(string id, byte[] body)
    {
        byte[] size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, body.Length);
        return [.. Encoding.ASCII.GetBytes(id), .. size, .. body, .. new byte[body.Length & 1]];
    }

    private static byte[] Format(int tag, int channels, int rate, int bits, bool extensible)
    {
        byte[] body = new byte[extensible ? 40 : 16];
        int sampleBytes = (bits + 7) / 8;
        BinaryPrimitives.WriteUInt16LittleEndian(body, (ushort)(extensible ? 0xFFFE : tag));
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(2), (ushort)channels);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(4), rate);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(8), rate * channels * sampleBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(12), (ushort)(channels * sampleBytes));
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(14), (ushort)bits);
        if (extensible)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(16), 22);
            BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(18), (ushort)bits);
            BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(24), (ushort)tag);
        }

        return Chunk("fmt ", body);
    }
}
