"""The files that people wrote: can they be read, and is what they say sound?"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from kb.errors import KbError
from kb.knowledge_base import KnowledgeBase
from kb.records import Problem
from kb.referencing import Import, Reference, doi

# What BibTeX's manual asks of each type besides author, title and year.
_REQUIRED = {
    "article": ("journal", "journaltitle"),
    "inproceedings": ("booktitle",),
    "incollection": ("booktitle",),
    "techreport": ("institution", "publisher"),
    "phdthesis": ("school", "institution"),
    "mastersthesis": ("school", "institution"),
    "book": ("publisher",),
}
_ADDRESSES = ("http://", "https://")


def told(error: KbError, home: Path) -> Problem:
    """An error as a problem: "where: what; next step", the place as seen from `home`."""
    where, _, rest = str(error).partition(": ")
    what, _, next_step = rest.rpartition("; ")
    where = where.removeprefix(f"{home}/").removeprefix(f"{home}\\")
    return Problem(where, what or rest, next_step if what else "mend it, then run: kb check")


def framework(base: KnowledgeBase) -> Iterator[Problem]:
    """Criteria that nothing can be asked about; raises what keeps criteria.yaml from being read."""
    asked = {circumstance.criterion for circumstance in base.framework.circumstances}
    for criterion in base.framework.criteria:
        if criterion.id not in asked:
            yield Problem(
                f"criteria.yaml: {criterion.id}",
                "has no circumstance, so no answer is ever on it",
                "add a circumstance, or take the criterion out",
            )


def references(base: KnowledgeBase) -> Iterator[Problem]:
    """Every entry that cannot be read, though a build stops at the first."""
    from kb.reading import bibliography  # its parser costs a tenth of every start

    for error in bibliography.faults(base.home / "references.bib"):
        yield told(error, base.home)


def annotations(base: KnowledgeBase) -> Iterator[Problem]:
    """Raises what keeps annotations.jsonl from being read."""
    _ = base.annotations
    return iter(())


def mistakes(base: KnowledgeBase) -> Iterator[Problem]:
    """DOIs and addresses that lead nowhere, and keys that are one on Windows and macOS, where a
    file's name knows no upper and lower case."""
    first: dict[str, Reference] = {}
    for entry in _entries(base).references:
        where, name = f"references.bib:{entry.line}", f"'{entry.citekey}'"
        given, address = entry.fields.get("doi", ""), entry.fields.get("url", "")
        if given and not doi.bare(given):
            what = f"{name} has a DOI that can be none ('{given[:60]}')"
            yield Problem(where, what, "write it as 10.1234/abc, or take it out")
        if address and not address.lower().startswith(_ADDRESSES):
            what = f"{name} has a url that is no web address ('{address[:60]}')"
            yield Problem(where, what, "write it with https://, or take it out")
        other = first.setdefault(entry.citekey.casefold(), entry)
        if other.citekey != entry.citekey:
            yield Problem(
                where,
                f"{name} and '{other.citekey}' (line {other.line}) differ in capitals only, and "
                "their files would be one",
                "give one of them another key",
            )


def incomplete(base: KnowledgeBase) -> Iterator[Problem]:
    """Entries that a reader of a reference list would miss something of."""
    for entry in _entries(base).references:
        fields = _REQUIRED.get(entry.entry_type, ())
        lacking = [
            *([] if entry.authors or entry.editors else ["author"]),
            *([] if entry.year else ["year"]),
            *([] if not fields or any(map(entry.fields.get, fields)) else [fields[0]]),
        ]
        if lacking:
            yield Problem(
                f"references.bib:{entry.line}",
                f"'{entry.citekey}' has no {' and no '.join(lacking)}",
                "add it if the source names it",
            )


def _entries(base: KnowledgeBase) -> Import:
    """Those that can be read; the others are told by `references`."""
    try:
        return _parsed((base.home / "references.bib").read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return Import(())


@lru_cache(maxsize=1)  # two checks look at the same entries
def _parsed(text: str) -> Import:
    from kb.referencing import bibtex

    return bibtex.read(text, "references.bib")
