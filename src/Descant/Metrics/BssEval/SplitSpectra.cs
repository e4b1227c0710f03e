using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Descant.Metrics.BssEval;

/// <summary>
/// A set of half spectra of real signals, each as <c>[real bins | imaginary bins]</c>: the layout in which products of
/// spectra are plain vector arithmetic. Rows are padded to whole vectors with zeros.
/// </summary>
internal sealed class SplitSpectra
{
    private const int LargestVector = 8;
    private readonly double[] _values;

    public SplitSpectra(int spectra, int bins)
    {
        Bins = bins;
        PaddedBins = (bins + LargestVector - 1) / LargestVector * LargestVector;
        _values = new double[(long)spectra * 2 * PaddedBins];
    }

    /// <summary>Bins of one spectrum: half the transform's size plus one.</summary>
    public int Bins { get; }

    /// <summary>Doubles from the real to the imaginary part.</summary>
    public int PaddedBins { get; }

    public Span<double> Real(int spectrum) => _values.AsSpan(spectrum * 2 * PaddedBins, Bins);

    public Span<double> Imaginary(int spectrum) => _values.AsSpan(((spectrum * 2) + 1) * PaddedBins, Bins);

    /// <summary>target += Σᵢ conj(left[i])·right[i] over the bins [start, end), which must be whole vectors.</summary>
    /// <param name="target">Spectrum of this set.</param>
    /// <param name="inputs">The set that holds the factors.</param>
    /// <param name="left">First conjugated factor.</param>
    /// <param name="right">First plain factor.</param>
    /// <param name="step">Spectra from one product's factor to the next one's.</param>
    /// <param name="count">Products.</param>
    /// <param name="start">First bin.</param>
    /// <param name="end">One past the last bin.</param>
    public void AddConjugateProducts(int target, SplitSpectra inputs, int left, int right, int step, int count, int start, int end)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            AddConjugateProducts<DoubleVector512>(target, inputs, left, right, step, count, start, end);
        }
        else
        {
            AddConjugateProducts<DoubleVector256>(target, inputs, left, right, step, count, start, end);
        }
    }

    /// <summary>target = Σᵢ factors[factor + i]·inputs[input + i].</summary>
    public void SetProducts(int target, SplitSpectra factors, int factor, SplitSpectra inputs, int input, int count)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            SetProducts<DoubleVector512>(target, factors, factor, inputs, input, count);
        }
        else
        {
            SetProducts<DoubleVector256>(target, factors, factor, inputs, input, count);
        }
    }

    private void AddConjugateProducts<TVector>(
        int target, SplitSpectra inputs, int left, int right, int step, int count, int start, int end)
        where TVector : struct, IDoubleVector<TVector>
    {
        int padded = PaddedBins;
        ref double sums = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_values), target * 2 * padded);
        ref double values = ref MemoryMarshal.GetArrayDataReference(inputs._values);
        for (int bin = start; bin < end; bin += TVector.Count)
        {
            TVector real = TVector.Load(ref sums, bin);
            TVector imaginary = TVector.Load(ref sums, padded + bin);
            int a = (left * 2 * padded) + bin;
            int b = (right * 2 * padded) + bin;
            for (int i = 0; i < count; i++)
            {
                TVector aReal = TVector.Load(ref values, a);
                TVector aImaginary = TVector.Load(ref values, a + padded);
                TVector bReal = TVector.Load(ref values, b);
                TVector bImaginary = TVector.Load(ref values, b + padded);
                real = TVector.MultiplyAdd(aReal, bReal, TVector.MultiplyAdd(aImaginary, bImaginary, real));
                imaginary = TVector.MultiplySubtract(aImaginary, bReal, TVector.MultiplyAdd(aReal, bImaginary, imaginary));
                a += step * 2 * padded;
                b += step * 2 * padded;
            }

            TVector.Store(real, ref sums, bin);
            TVector.Store(imaginary, ref sums, padded + bin);
        }
    }

    private void SetProducts<TVector>(int target, SplitSpectra factors, int factor, SplitSpectra inputs, int input, int count)
        where TVector : struct, IDoubleVector<TVector>
    {
        int padded = PaddedBins;
        ref double sums = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_values), target * 2 * padded);
        ref double allFactors = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(factors._values), factor * 2 * padded);
        ref double allInputs = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(inputs._values), input * 2 * padded);
        for (int bin = 0; bin < padded; bin += TVector.Count)
        {
            TVector real = TVector.Zero;
            TVector imaginary = TVector.Zero;
            int at = bin;
            for (int i = 0; i < count; i++)
            {
                TVector aReal = TVector.Load(ref allFactors, at);
                TVector aImaginary = TVector.Load(ref allFactors, at + padded);
                TVector bReal = TVector.Load(ref allInputs, at);
                TVector bImaginary = TVector.Load(ref allInputs, at + padded);
                real = TVector.MultiplySubtract(aImaginary, bImaginary, TVector.MultiplyAdd(aReal, bReal, real));
                imaginary = TVector.MultiplyAdd(aImaginary, bReal, TVector.MultiplyAdd(aReal, bImaginary, imaginary));
                at += 2 * padded;
            }

            TVector.Store(real, ref sums, bin);
            TVector.Store(imaginary, ref sums, padded + bin);
        }
    }
}
