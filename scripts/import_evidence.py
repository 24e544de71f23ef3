"""Fact sheets in, the first corpus out; run once, kept to show where the corpus came from.

    python scripts/import_evidence.py FACT_SHEETS HOME

HOME must hold the criteria.yaml with whose circumstances the sheets were read.

Reads <citekey>.yaml, second_reading_stance.jsonl and second_reading_criteria.jsonl from the
folder FACT_SHEETS; writes references.bib, corpus/<citekey>.md and annotations.jsonl into HOME.
These files then belong to people: running this again would undo what they changed, so it refuses
to write over them.
"""

import json
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import yaml

from kb import framework
from kb.records import passage_id

Sheet = dict[str, Any]

READ_AT = "2026-11-23"
WIDTH = 96

# What a citing reader must know about an entry: where it corrects the review that cites it, and
# what of it could not be checked. Each follows from the sheet's facts or remarks.
NOTES = {
    "bergerum2019realist": (
        "The review by Inett speaks of 107 quality improvement projects: they are the 107 articles "
        "that met this realist review's selection criteria, of which 18 studies were analysed"
    ),
    "parks1981consumers": (
        "Often cited as 1980, which is the working paper with eight authors; the journal article "
        "of 1981 has ten"
    ),
    "miller2020coproduction": (
        "Issue dated November 2020, in press from 2018, so some works cite it as 2018"
    ),
    "dimopoulosbick2019codesign": (
        "Cited by Inett for co-production; the six projects are experience-based co-design"
    ),
    "pointofcare2013toolkit": (
        "Cited by Inett for co-production; the toolkit is about experience-based co-design. "
        "First published by The King's Fund in 2011, revised in 2013"
    ),
    "inettndcircumstances": (
        "Undated; the page links to a news item of mid-2024. Not a formal literature review, as "
        "its author says"
    ),
    "dlcndmunicipality": "Author and date are not shown in the repository's record",
    "fledderus2015trust": (
        "Title, year and journal are not shown on the page read; check before citing"
    ),
    "halvorsrud2021cocreation": "First published online 11 October 2019, issue of 2021",
    "kempe2023ready": "The year is inferred from a later article; check before citing",
    "meijer2014new": "The author's forename is not shown on the pages read; check before citing",
    "nabatchi2017varieties": "The full wording of the title was not seen; check before citing",
    "piiafndframework": "No year or named authors on the pages read",
    "rose2011researchers": "The list of authors was not seen in full; check before citing",
    "scotgov2024panels": (
        "No date on the pages read; the panels closed in March 2024, so 2024 is the earliest"
    ),
    "steen2018dark": "The year is not shown on the pages read; check before citing",
    "vennik2016coproduction": "The authors are not shown on the pages read; check before citing",
}

ENTRY_TYPES: dict[str, str] = {"online": "misc"}  # BibTeX has no @online; biber reads @misc as well
VENUE_FIELD: dict[str, str] = {
    "article": "journal",
    "techreport": "institution",
    "incollection": "booktitle",
}


@click.command()
@click.argument("fact_sheets", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("home", type=click.Path(file_okay=False, path_type=Path))
def main(fact_sheets: Path, home: Path) -> None:
    """Write the corpus, the references and the two readers' annotations."""
    targets = [home / "references.bib", home / "annotations.jsonl", home / "corpus"]
    if standing := [str(path) for path in targets if path.exists() and not empty(path)]:
        sys.exit(f"already there, and people's own by now: {', '.join(standing)}")
    sheets = [
        yaml.safe_load(path.read_text("utf-8")) for path in sorted(fact_sheets.glob("*.yaml"))
    ]
    (home / "corpus").mkdir(parents=True, exist_ok=True)
    for sheet in sheets:
        (home / "corpus" / f"{sheet['key']}.md").write_text(digest(sheet), "utf-8")
    (home / "references.bib").write_text(BIB_HEAD + "\n".join(map(entry, sheets)), "utf-8")
    lines = [json.dumps(row, ensure_ascii=False) for row in annotations(fact_sheets, sheets, home)]
    (home / "annotations.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(sheets)} sources, {len(lines)} annotations", file=sys.stderr)


def empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


# -- corpus ---------------------------------------------------------------------------------------


def digest(sheet: Sheet) -> str:
    """The Markdown digest: front matter, then the facts as paragraphs under their sections."""
    study = sheet["study"]
    front = {
        "citekey": sheet["key"],
        "kind": "digest",
        "read": sheet["seen"],
        **{name: study[name] for name in ("design", "setting", "country", "sample")},
    }
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=WIDTH)
    parts = [f"---\n{head}---\n", f"# {sheet['title']}\n"]
    for heading, facts in groupby(sheet["facts"], key=heading_of):
        parts.append(f"## {heading}\n")
        parts += [f"{plain(fact['text'])}\n" for fact in facts]
    return "\n".join(parts)


def heading_of(fact: Sheet) -> str:
    section = plain(fact["section"]).replace(" (librarian note)", "")
    return f"{section} {{page={fact['page']}}}" if "page" in fact else section


def plain(text: str) -> str:
    """One line: a passage's name is the hash of its text, so line breaks must not count."""
    return " ".join(text.split())


# -- references -----------------------------------------------------------------------------------

BIB_HEAD = """% The sources of this knowledge base. `keywords` are the criteria that a source's
% digest speaks to; `note` says what a citing reader should know. DOIs are given only where
% one was seen.

"""


def entry(sheet: Sheet) -> str:
    """One BibTeX entry, valid for BibTeX and biber."""
    kind = ENTRY_TYPES.get(str(sheet["entry_type"])) or str(sheet["entry_type"])
    year = str(sheet.get("year") or "")
    authors = [name for name in sheet["authors"] if "not shown" not in name]
    fields = {
        "author": " and ".join(map(author, authors)),
        "title": "{" + escaped(plain(sheet["title"])) + "}",
        (VENUE_FIELD.get(kind) or "howpublished"): escaped(plain(sheet["venue"])),
        "year": year if year.isdigit() else "",
        "volume": str(sheet.get("volume", "")),
        "number": str(sheet.get("number", "")),
        "pages": re.sub(r"(?<=\d)-(?=\d)", "--", str(sheet.get("pages", ""))),
        "doi": sheet.get("doi", ""),
        "url": sheet.get("url", ""),
        "keywords": ", ".join(criteria_of(sheet)),
        "note": escaped(NOTES.get(sheet["key"], "")),
    }
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{sheet['key']},\n{body}}}\n"


def author(name: str) -> str:
    return escaped(name)


def escaped(text: str) -> str:
    return re.sub(r"([&%#_$])", r"\\\1", text)


def criteria_of(sheet: Sheet) -> list[str]:
    order = ("authority", "shared-aims", "scale", "outcomes", "resources", "delivery")
    seen = {criterion for fact in sheet["facts"] for criterion in fact["criteria"]}
    return [criterion for criterion in order if criterion in seen]


# -- annotations ----------------------------------------------------------------------------------


def annotations(fact_sheets: Path, sheets: list[Sheet], home: Path) -> Iterator[Sheet]:
    """Both readers' criteria and stances, passage by passage."""
    circumstances = framework.load(home / "criteria.yaml").circumstances
    claims = {circumstance.id: circumstance.statement for circumstance in circumstances}
    by_fact = {fact["id"]: (sheet["key"], fact) for sheet in sheets for fact in sheet["facts"]}
    for row in rows(fact_sheets / "second_reading_criteria.jsonl"):
        for reader, criteria in (("reader-1", row["first"]), ("reader-2", row["second"])):
            yield {"type": "tags", **about(*by_fact[row["fact"]]), "criteria": criteria,
                   "by": reader, "at": READ_AT}  # fmt: skip
    for row in rows(fact_sheets / "second_reading_stance.jsonl"):
        place = about(*by_fact[row["fact"]])
        for reader, stance, sure in (
            ("reader-1", row["first"], None),
            ("reader-2", row["second"], row["sure"]),
        ):
            verdict = {"type": "verdict", **place, "circumstance": row["circumstance"],
                       "claim": claims[row["circumstance"]],
                       "stance": stance, "by": reader, "at": READ_AT}  # fmt: skip
            yield verdict | ({"sure": sure} if sure else {})


def about(citekey: str, fact: Sheet) -> Sheet:
    text = plain(fact["text"])
    return {"passage": passage_id(citekey, text), "quote": text}


def rows(path: Path) -> Iterator[Sheet]:
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)


if __name__ == "__main__":
    main()
