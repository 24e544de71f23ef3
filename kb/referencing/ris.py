"""The text of a RIS file in, References out, and the way back.

The format: https://refdb.sourceforge.net/manual-0.9.6/sect1-ris-format.html and Zotero's reading
of it. Ovid, Embase, Cochrane and EBSCO add headers, numbers, tags of their own and lines without
a tag; what cannot be used is said, and stops nothing.
"""

import re

from kb.referencing import OTHERS, Import, Person, Reference, doi
from kb.referencing.keeping import MADE
from kb.referencing.latex import one_line
from kb.referencing.names import people
from kb.referencing.tagged import Record, dated, keywords, notices, paged, records

_TYPES = {
    "article": "JOUR EJOUR JFULL MGZN NEWS ABST INPR",
    "book": "BOOK EBOOK EDBOOK",
    "incollection": "CHAP ECHAP ENCYC DICT",
    "inproceedings": "CONF CPAPER",
    "techreport": "RPRT GOVDOC STAND",
    "phdthesis": "THES",
    "unpublished": "UNPB MANSCPT",
}
_TYPE_OF = {ris: bibtex for bibtex, many in _TYPES.items() for ris in many.split()}
_VENUE = {"article": "journal", "techreport": "series", "book": "series", "misc": "howpublished"}
_PUBLISHER = {"techreport": "institution", "phdthesis": "school"}
_SIMPLE = {
    "volume": ("VL",),
    "number": ("IS", "CP"),
    "edition": ("ET",),
    "address": ("CY", "PP"),
    "language": ("LA",),
    "abstract": ("AB", "N2"),
    "pmid": ("PMID", "PM"),
    "shorttitle": ("ST",),
    "type": ("M3",),
}
_TITLES, _VENUES = ("TI", "T1", "CT"), ("JF", "T2", "JO", "BT", "JA", "J1", "J2", "C3")
_AUTHORS, _EDITORS = ("AU", "A1"), ("ED", "A2")
_YEARS, _ADDRESSES, _FILES = ("PY", "Y1", "DA"), ("UR", "L2", "LK"), ("L1", "L4")
_KNOWN = {
    *("TY", "ID", "SN", "SP", "EP", "KW", "DO", "N1", "PB", "T3", "Y2"),
    *_TITLES, *_VENUES, *_AUTHORS, *_EDITORS, *_YEARS, *_ADDRESSES, *_FILES,
    *(tag for tags in _SIMPLE.values() for tag in tags),
}  # fmt: skip
_OURS = re.compile(r"bibtex:([a-z][\w.:+-]*)=(.*)")
"""What RIS has no tag for stands so under U1, by BibTeX's names."""
_LONG = {"AB", "N2", "N1", "KW"}
_WRAPPED = {"TI", "T1", "T2", "JF", "AU", "A1"}
_TAG = re.compile(r"\s{0,3}([A-Z][A-Z0-9]{1,3})( {1,2}|\t)-(?:\s(.*)|\s*)$")
TAG = re.compile(r"^\s{0,3}TY {1,2}-", re.MULTILINE)
"""What tells a RIS file from others."""


def read(text: str, where: str) -> Import:
    """A reference for each record; `where` is unused, as no record is refused here."""
    found, stray = records(text, _parted, _goes_on, opens="TY", closes="ER")
    references = tuple(_reference(record) for record in found)
    return Import(references, notices=notices(found, stray, _KNOWN))


def _parted(line: str) -> tuple[str, str] | None:
    match = _TAG.match(line)
    # With one space it may be words of an abstract: "OR - 1.2" is none of the tags.
    if not match or (match[2] != "  " and match[1] not in _KNOWN | {"ER"}):
        return None
    return match[1], match[3] or ""


def _goes_on(tag: str, line: str) -> bool:
    if re.fullmatch(r"<?\d+[.>]?|Record #\d+ of \d+", line.strip()):
        return False
    return tag in _LONG or (tag in _WRAPPED and line[0].isspace())


def _reference(record: Record) -> Reference:
    kind = _TYPE_OF.get(record.first("TY").upper(), "misc")
    notes = record.every("N1")
    fields = {name: record.first(*tags) for name, tags in _SIMPLE.items()}
    booktitle = kind in ("incollection", "inproceedings")
    fields |= {
        "title": record.first(*_TITLES, *(() if booktitle else ("BT",))),
        "booktitle" if booktitle else _VENUE.get(kind, "note"): record.first(*_VENUES),
        _PUBLISHER.get(kind, "publisher"): record.first("PB"),
        "pages": paged(record.first("SP"), record.first("EP")),
        "keywords": keywords([line for value in record.every("KW") for line in value.split("\n")]),
        "issn" if kind == "article" else "isbn": record.first("SN"),
        "doi": _doi(record),
        "url": next((url for url in record.every(*_ADDRESSES, *_FILES) if _is_web(url)), ""),
        "note": "; ".join(note for note in notes if MADE not in note),
        "annote": "; ".join(note for note in notes if MADE in note),
        "urldate": dated(record.first("Y2")).get("date", ""),
        **_dated(record),
    }
    if series := record.first("T3"):
        fields["series"] = series
    fields |= _own(record)
    kind = fields.pop("entrytype", kind)
    return Reference(
        entry_type=kind,
        fields={name: text for name, value in fields.items() if (text := one_line(value))},
        authors=people(record.every(*_AUTHORS)),
        editors=people(record.every(*_EDITORS)),
        citekey=record.first("ID"),
        files=tuple(path for path in record.every(*_FILES) if not _is_web(path)),
        line=record.line,
    )


def _own(record: Record) -> dict[str, str]:
    """What `write` put under U1; other programs' values are left, to be told as unused."""
    found = {value: match for value in record.every("U1") if (match := _OURS.fullmatch(value))}
    if left := [value for value in record.every("U1") if value not in found]:
        record.values["U1"] = left
    else:
        record.values.pop("U1", None)
    return {match[1]: match[2] for match in found.values()}


def _dated(record: Record) -> dict[str, str]:
    """The year of publication; the rest of the date where it is of that year."""
    known = [date for value in record.every(*_YEARS) if (date := dated(value))]
    return next((date for date in known if "date" in date and date["year"] == known[0]["year"]),
                known[0] if known else {})  # fmt: skip


def _doi(record: Record) -> str:
    return doi.bare(record.first("DO")) or next(
        (doi.bare(url) for url in record.every(*_ADDRESSES) if "doi.org/" in url), ""
    )


def _is_web(address: str) -> bool:
    return re.match(r"(?:https?|ftp)://|www\.", address, re.IGNORECASE) is not None


def write(reference: Reference) -> str:
    """The record, from TY to ER. What would not be read back as it is stands under U1."""
    lines = [f"{tag}  - {one_line(value)}" for tag, value in _tagged(reference) if one_line(value)]
    (record,), _ = records("\n".join(lines), _parted, _goes_on, opens="TY")
    back = _reference(record)
    lost = {name: text for name, text in reference.fields.items() if text != back.fields.get(name)}
    if back.entry_type != reference.entry_type:
        lost["entrytype"] = reference.entry_type
    own = [f"U1  - bibtex:{name}={one_line(text)}" for name, text in lost.items()]
    return "\n".join([*lines, *own, "ER  - ", ""])


def _tagged(reference: Reference) -> list[tuple[str, str]]:
    fields = reference.fields
    kind = {"report": "techreport", "thesis": "phdthesis", "mastersthesis": "phdthesis"}.get(
        reference.entry_type, reference.entry_type
    )
    ris = _TYPES.get(kind, "ELEC" if fields.get("url") else "GEN").split()[0]
    venue = "booktitle" if kind in ("incollection", "inproceedings") else _VENUE.get(kind, "")
    first, _, last = fields.get("pages", "").partition("–")
    words = re.split(
        "; " if ";" in fields.get("keywords", "") else ", ", fields.get("keywords", "")
    )
    return [
        ("TY", ris),
        ("ID", reference.citekey),
        *(("AU", _named(person)) for person in reference.authors),
        *(("ED", _named(person)) for person in reference.editors),
        ("TI", reference.title),
        ("T2", fields.get(venue or "howpublished", "")),
        ("PB", fields.get(_PUBLISHER.get(kind, "publisher"), "")),
        ("PY", fields.get("year", "")),
        ("DA", fields.get("date", "").replace("-", "/")),
        ("Y2", fields.get("urldate", "").replace("-", "/")),
        *((tags[0], fields.get(name, "")) for name, tags in _SIMPLE.items()),
        ("SP", first),
        ("EP", last),
        ("SN", fields.get("issn" if kind == "article" else "isbn", "")),
        ("DO", fields.get("doi", "")),
        ("UR", fields.get("url", "")),
        *(("KW", word) for word in words),
        ("N1", fields.get("note", "")),
        ("N1", fields.get("annote", "")),
    ]


def _named(person: Person) -> str:
    if person == OTHERS:
        return "et al."
    return ", ".join(filter(None, [person.name, person.given, person.suffix]))
