"""The text of a PubMed (MEDLINE) file in, References out.

The tags: https://www.nlm.nih.gov/bsd/mms/medlineelements.html
"""

import re

from kb.referencing import Import, Person, Reference, doi
from kb.referencing.latex import one_line
from kb.referencing.names import people
from kb.referencing.tagged import Record, dated, keywords, notices, paged, records

TAG = re.compile(r"^PMID ?- ", re.MULTILINE)
"""What tells a PubMed file from others."""

_TAG = re.compile(r"([A-Z][A-Z0-9]{1,3}) {0,2}-(?: (.*)|\s*)$")
_SIMPLE = {
    "journal": ("JT", "TA"),
    "booktitle": ("BTI",),
    "volume": ("VI",),
    "number": ("IP",),
    "publisher": ("PB",),
    "address": ("PL",),
    "edition": ("EN",),
    "language": ("LA",),
    "abstract": ("AB",),
    "pmid": ("PMID",),
    "pmcid": ("PMC",),
}
_KNOWN = {
    *("TI", "FAU", "AU", "CN", "FED", "ED", "DP", "PG", "LID", "AID", "PT", "OT", "MH", "IS"),
    *(tag for tags in _SIMPLE.values() for tag in tags),
}


def read(text: str, where: str) -> Import:
    """A reference for each record; `where` is unused, as no record is refused here."""
    found, stray = records(text, _parted, _goes_on, opens="PMID")
    references = tuple(_reference(record) for record in found)
    return Import(references, notices=notices(found, stray, _KNOWN))


def _parted(line: str) -> tuple[str, str] | None:
    match = _TAG.match(line)
    return (match[1], match[2] or "") if match else None


def _goes_on(tag: str, line: str) -> bool:
    return line.startswith(" ")


def _reference(record: Record) -> Reference:
    fields = {name: record.first(*tags) for name, tags in _SIMPLE.items()}
    whole_book = bool(fields["booktitle"]) and not record.first("TI")
    kind = "article" if not fields["booktitle"] else "book" if whole_book else "incollection"
    fields |= {
        "title": re.sub(r"^\[(.*)\]\.?$|\.$", r"\1", one_line(record.first("TI", "BTI"))),
        "booktitle": "" if whole_book else fields["booktitle"],
        "pages": paged(record.first("PG")),
        "issn": record.first("IS").split(" ")[0],
        "doi": next((doi.bare(id_) for id_ in record.every("LID", "AID") if "[doi]" in id_), ""),
        "keywords": keywords([word.lstrip("*") for word in record.every("OT", "MH")]),
        **dated(record.first("DP")),
    }
    bodies = (Person(one_line(name), corporate=True) for name in record.every("CN"))
    return Reference(
        entry_type=kind,
        fields={name: text for name, value in fields.items() if (text := one_line(value))},
        authors=(*people(record.every("FAU") or record.every("AU")), *bodies),
        editors=people(record.every("FED") or record.every("ED")),
        line=record.line,
    )
