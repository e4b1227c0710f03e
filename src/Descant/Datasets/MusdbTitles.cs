using System.Text.RegularExpressions;

namespace Descant.Datasets;

/// <summary>
/// The songs that MUSDB18 tests on, those of its <c>train</c> folder that validate (musdb's <c>mus.yaml</c>), and its splits by folder.
/// </summary>
/// <remarks>DSD100 and MedleyDB hold many of the same songs in other roles, and people copy songs into folders of their own.</remarks>
internal static partial class MusdbTitles
{
    private static readonly string[] Test =
    [
        "AM Contra - Heart Peripheral",
        "Al James - Schoolboy Facination",
        "Angels In Amplifiers - I'm Alright",
        "Arise - Run Run Run",
        "BKS - Bulldozer",
        "BKS - Too Much",
        "Ben Carrigan - We'll Talk About It All Tonight",
        "Bobby Nobody - Stitch Up",
        "Buitraker - Revo X",
        "Carlos Gonzalez - A Place For Us",
        "Cristina Vane - So Easy",
        "Detsky Sad - Walkie Talkie",
        "Enda Reilly - Cur An Long Ag Seol",
        "Forkupines - Semantics",
        "Georgia Wonder - Siren",
        "Girls Under Glass - We Feel Alright",
        "Hollow Ground - Ill Fate",
        "James Elder & Mark M Thompson - The English Actor",
        "Juliet's Rescue - Heartbeats",
        "Little Chicago's Finest - My Own",
        "Louis Cressy Band - Good Time",
        "Lyndsey Ollard - Catching Up",
        "M.E.R.C. Music - Knockout",
        "Moosmusic - Big Dummy Shake",
        "Motor Tapes - Shore",
        "Mu - Too Bright",
        "Nerve 9 - Pray For The Rain",
        "PR - Happy Daze",
        "PR - Oh No",
        "Punkdisco - Oral Hygiene",
        "Raft Monk - Tiring",
        "Sambasevam Shanmugam - Kaathaadi",
        "Secretariat - Borderline",
        "Secretariat - Over The Top",
        "Side Effects Project - Sing With Me",
        "Signe Jakobsen - What Have You Done To Me",
        "Skelpolu - Resurrection",
        "Speak Softly - Broken Man",
        "Speak Softly - Like Horses",
        "The Doppler Shift - Atrophy",
        "The Easton Ellises (Baumi) - SDRNR",
        "The Easton Ellises - Falcon 69",
        "The Long Wait - Dark Horses",
        "The Mountaineering Club - Mallory",
        "The Sunshine Garcia Band - For I Am The Moon",
        "Timboz - Pony",
        "Tom McKenzie - Directions",
        "Triviul feat. The Fiend - Widow",
        "We Fell From The Sky - Not You",
        "Zeno - Signs",
    ];

    private static readonly HashSet<string> Validation = new(StringComparer.Ordinal)
    {
        "Actions - One Minute Smile",
        "Clara Berry And Wooldog - Waltz For My Victims",
        "Johnny Lokke - Promises & Lies",
        "Patrick Talbot - A Reason To Leave",
        "Triviul - Angelsaint",
        "Alexander Ross - Goodbye Bolero",
        "Fergessen - Nos Palpitants",
        "Leaf - Summerghost",
        "Skelpolu - Human Mistakes",
        "Young Griffo - Pennies",
        "ANiMAL - Rockshow",
        "James May - On The Line",
        "Meaxic - Take A Step",
        "Traffic Experiment - Sirens",
    };

    private static readonly Dictionary<string, Split> Roles = Test.Select(title => (Letters(title), Split.Evaluation))
        .Concat(Validation.Select(title => (Letters(title), Split.Validation))).ToDictionary();

    /// <summary>The two folders of the data set.</summary>
    public static IReadOnlyList<string> Folders { get; } = ["train", "test"];

    /// <summary>Whether a title is one of those that tell MUSDB18 from other sets of the same layout.</summary>
    public static bool Validates(string title) => Validation.Contains(title);

    /// <summary>What a song may be used for.</summary>
    public static Split SplitOf(string folder, string title) =>
        folder == "test" ? Split.Evaluation : Validation.Contains(title) ? Split.Validation : Split.Train;

    /// <summary>A track with the role that its song has in MUSDB18, where that keeps it further from training than its own.</summary>
    /// <remarks>Compared are letters and digits, so <c>055 - Angels In Amplifiers - I'm Alright</c> and <c>ArtistName_Title</c> are found.</remarks>
    public static Track HeldBack(Track track) =>
        Roles.TryGetValue(Letters(track.Name[(track.Name.LastIndexOf('/') + 1)..]), out Split role) && role > track.Split
            ? track with { Split = role }
            : track;

    private static string Letters(string title) =>
        string.Concat(Number().Replace(title, "").Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    /// <summary>DSD100's number before a title.</summary>
    [GeneratedRegex(@"^\d{3} - ")]
    private static partial Regex Number();
}
