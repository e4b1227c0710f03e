namespace Descant.Evaluation.Reports;

/// <summary>The style of a report: one column, tables of aligned numbers, colours that survive grey printing.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6570; --rule: #d7dce1; --page: #fff; --band: #f4f6f8;
          --s0: #0b62a8; --s1: #b8500f; --s2: #2b7a3d; --s3: #8a3ba0; --s4: #a3243b; --s5: #6b5d10; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa5b1; --rule: #39424c; --page: #15191d; --band: #1e242a;
          --s0: #6cb4f0; --s1: #f0995c; --s2: #7cc98d; --s3: #cf93e0; --s4: #f08a9c; --s5: #d1c063; } }
        * { box-sizing: border-box; }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 62rem; margin: 2rem auto; padding: 0 1.2rem; }
        h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .4rem; border-bottom: 1px solid var(--rule); } h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
        p, li { max-width: 46rem; } .soft { color: var(--soft); font-size: .9rem; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .4rem 0 1rem; }
        th, td { padding: .16rem .7rem; text-align: right; white-space: nowrap; } th { font-weight: 600; border-bottom: 1px solid var(--rule); }
        th:first-child, td:first-child, td.text, th.text { text-align: left; } tbody tr:nth-child(even) { background: var(--band); }
        figure { margin: .6rem 0; break-inside: avoid; } figcaption { color: var(--soft); font-size: .85rem; }
        .charts { display: flex; flex-wrap: wrap; gap: 1rem; } svg.chart { max-width: 100%; height: auto; } svg.wide { width: 100%; }
        svg .grid { stroke: var(--rule); stroke-width: .6; } svg .tick { fill: var(--soft); font-size: 10px; }
        .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); }
        svg g { stroke: var(--c); fill: var(--c); } svg .box { fill: var(--c); fill-opacity: .18; } svg .median { stroke-width: 2.4; }
        svg .line { fill: none; stroke: var(--c); stroke-width: 1.4; stroke-linecap: round; } .key { color: var(--c); font-weight: 600; margin-right: 1rem; white-space: nowrap; }
        .key::before { content: ""; display: inline-block; width: 1.2em; border-top: 3px solid var(--c); vertical-align: middle; margin-right: .4em; }
        .stems { display: grid; grid-template-columns: 1fr 1fr; gap: .3rem 1rem; break-inside: avoid; } .stems figure { margin: 0; min-width: 0; }
        .wave, .spectrogram { width: 100%; display: block; } .wave { height: 60px; background: var(--band); } .wave.reference { fill: var(--s0); } .wave.estimate { fill: var(--s1); }
        .spectrogram { height: 110px; image-rendering: auto; } audio { width: 100%; height: 34px; margin-top: .2rem; }
        section.song { break-before: auto; } @media print { body { max-width: none; margin: 0; font-size: 11px; } audio { display: none; } h2 { break-after: avoid; } }
        @media (max-width: 40rem) { .stems { grid-template-columns: 1fr; } }
        """;
}
