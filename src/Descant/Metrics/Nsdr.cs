namespace Descant.Metrics;

/// <summary>Normalised SDR: what a separation gains over doing nothing, NSDR = SDR(estimate, reference) − SDR(mixture, reference), in dB.</summary>
/// <remarks>
/// A. Ozerov, P. Philippe, F. Bimbot and R. Gribonval, "Adaptation of Bayesian models for single-channel source separation and its
/// application to voice/music separation in popular songs", IEEE TASLP 15(5), 2007. Both SDRs are those of BSS Eval v3 sources on the mean
/// of the channels here, as in the literature on singing voices. GNSDR, after C.-L. Hsu and J.-S. R. Jang, "On the improvement of singing
/// voice separation for monaural recordings using the MIR-1K dataset", IEEE TASLP 18(2), 2010, is the mean over items, weighted by their
/// length; GSDR, GSIR and GSAR are the same mean of v3's scores. An evaluation's aggregates have them all.
/// </remarks>
public static class Nsdr
{
    /// <summary>The gain.</summary>
    /// <param name="sdr">SDR of the estimate, in dB.</param>
    /// <param name="mixtureSdr">SDR of the mixture taken for the estimate, in dB.</param>
    public static double Of(double sdr, double mixtureSdr) => sdr - mixtureSdr;
}
