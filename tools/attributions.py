"""Writes models/vocals-open.attribution.md from models/training-files.tsv: authors, licences with their addresses, sources.

usage: tools/attributions.py
CC-BY 3.0 (section 4a) and 4.0 (section 3a) ask for the author, the licence or its address, a link where there is one, and that changes are told.
"""
import pathlib
import re

MODELS = pathlib.Path(__file__).resolve().parent.parent / "models"
LICENCES = {
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "MIT": "https://opensource.org/license/mit",
    "public domain": "https://creativecommons.org/publicdomain/mark/1.0/",
}


def licence_of(text):
    """The licence's name in LICENCES."""
    name = "public domain" if text.startswith("PD") else re.match(r"[\w.-]+", text)[0]
    return "CC0" if name.startswith("CC0") else name


def source_of(text):
    """The repository that a file came from: the last words in brackets, or the beginning of its path."""
    named = re.search(r"\(([^()]+)\)$", text)
    return named[1] if named else "/".join(text.split("/")[:2])


def main():
    lines = (MODELS / "training-files.tsv").read_text(encoding="utf-8").splitlines()
    keys = lines[0].split("\t")
    files = [row for row in (dict(zip(keys, line.split("\t"))) for line in lines[1:]) if row["class"] == "open" and row["set"] == "train" and row["models"] == "all"]
    groups = {}
    for row in files:
        groups.setdefault((source_of(row["source"]), row["author"], licence_of(row["licence"])), []).append(row)
    table = []
    for (source, author, licence), rows in sorted(groups.items(), key=lambda group: (group[0][0].lower(), group[0][1])):
        titles = sorted({row["title"] or pathlib.PurePosixPath(row["source"]).stem for row in rows})
        minutes = sum(float(row["seconds"]) for row in rows) / 60
        link = f"[{source}](https://github.com/{source})" if re.fullmatch(r"[\w.-]+/[\w.-]+", source) else source
        table.append(f"| {author} | [{licence}]({LICENCES[licence]}) | {link} | {len(rows)} | {minutes:.1f} | {', '.join(titles)} |")
    (MODELS / "vocals-open.attribution.md").write_text("\n".join([
        "# Attributions of vocals-open", "",
        "Everything that `vocals-open` was trained on, with authors as their repositories name them, each licence with its address and each source",
        "with the repository that the audio came from. Each file was cut, resampled, mixed and processed for training; none of it is part of the model file.",
        "Stems count singly. Written by `tools/attributions.py` from `training-files.tsv`.", "",
        "| author | licence | source | files | minutes | titles |", "| --- | --- | --- | --- | --- | --- |", *table, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
