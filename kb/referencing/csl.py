"""The text of a CSL-JSON file in, References out, and the way back.

The schema: https://github.com/citation-style-language/schema (csl-data.json, 1.0.2).
"""

import json
import re
from typing import Any

from kb.errors import ReadingError
from kb.records import Problem
from kb.referencing import OTHERS, Import, Person, Reference, doi
from kb.referencing.latex import one_line
from kb.referencing.tagged import dated, paged

_TYPES = {
    "article-journal": "article",
    "article-magazine": "article",
    "article-newspaper": "article",
    "review": "article",
    "book": "book",
    "chapter": "incollection",
    "entry-dictionary": "incollection",
    "entry-encyclopedia": "incollection",
    "paper-conference": "inproceedings",
    "report": "techreport",
    "thesis": "phdthesis",
    "manuscript": "unpublished",
}
_CONTAINER = {"article": "journal", "incollection": "booktitle", "inproceedings": "booktitle"}
_PUBLISHER = {"techreport": "institution", "phdthesis": "school"}
_SIMPLE = {
    "title": "title",
    "title-short": "shorttitle",
    "container-title-short": "shortjournal",
    "journalAbbreviation": "shortjournal",
    "publisher-place": "address",
    "collection-title": "series",
    "volume": "volume",
    "number": "number",
    "issue": "number",
    "edition": "edition",
    "genre": "type",
    "abstract": "abstract",
    "keyword": "keywords",
    "language": "language",
    "note": "note",
    "annote": "annote",
    "ISSN": "issn",
    "ISBN": "isbn",
    "PMID": "pmid",
    "PMCID": "pmcid",
    "URL": "url",
}
_WRITTEN_AS = {bibtex: csl for csl, bibtex in reversed(_TYPES.items())} | {
    **dict.fromkeys(("mastersthesis", "thesis"), "thesis"),
    **{"inbook": "chapter", "conference": "paper-conference", "report": "report"},
}
OTHERS_LISTED = {"literal": "others"}
"""How authors who are not listed stand among those who are."""
_OURS = "bibtex"
"""Under this key of `custom` stands what CSL has no place for, by BibTeX's names."""
_KNOWN = {
    *(
        "id",
        "type",
        "citation-key",
        "author",
        "editor",
        "issued",
        "accessed",
        "page",
        "DOI",
    ),
    *("container-title", "publisher", *_SIMPLE),
}
_MARKUP = re.compile(r"</?(?:i|b|em|strong|sub|sup|sc|span)(?:\s[^<>]*)?>", re.IGNORECASE)


def read(text: str, where: str) -> Import:
    """A reference for each item. Raises ReadingError where the file is not JSON or no list of
    items."""
    try:
        found: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReadingError(
            f"{where}:{error.lineno}: not JSON ({error.msg}); export it again"
        ) from None
    except RecursionError:
        raise ReadingError(f"{where}: JSON nested too deeply; export it again") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise ReadingError(f"{where}: holds a number that is too long; export it again") from None
    items = found.get("items", [found]) if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise ReadingError(f"{where}: no list of CSL items; export it as CSL JSON")
    references, problems, unused = [], [], set()
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            what = f"item {number} is no reference"
            problems.append(Problem(where, what, "remove it or export the file again"))
            continue
        references.append(_reference(item))
        unused |= item.keys() - _KNOWN - ({"custom"} if _own(item) else set())
    left = f"of these nothing was kept: {', '.join(sorted(unused))}"
    return Import(tuple(references), tuple(problems), (left,) if unused else ())


def _reference(item: dict[str, Any]) -> Reference:
    kind = _TYPES.get(_text(item.get("type")), "misc")
    fields = dict.fromkeys(_SIMPLE.values(), "")
    for theirs, ours in _SIMPLE.items():
        fields[ours] = _text(item.get(theirs)) or fields[ours]
    fields |= {
        _CONTAINER.get(kind, "howpublished"): _text(item.get("container-title")),
        _PUBLISHER.get(kind, "publisher"): _text(item.get("publisher")),
        "pages": paged(_text(item.get("page"))),
        "doi": doi.bare(_text(item.get("DOI"))),
        "urldate": _dated(item.get("accessed")).get("date", ""),
        **_dated(item.get("issued")),
    }
    kept = _own(item)
    kind = kept.pop("entrytype", kind)
    fields |= kept
    pinned = re.search(r"^Citation Key: *(\S+)$", str(item.get("note", "")), re.MULTILINE)
    return Reference(
        entry_type=kind,
        fields={name: value for name, value in fields.items() if value},
        authors=_people(item.get("author")),
        editors=_people(item.get("editor")),
        citekey=_text(item.get("citation-key")) or (pinned[1] if pinned else _text(item.get("id"))),
    )


def _own(item: dict[str, Any]) -> dict[str, str]:
    """What `write` put aside, by BibTeX's names; nothing of what others put there."""
    custom = item.get("custom")
    own = custom.get(_OURS) if isinstance(custom, dict) else None
    return {str(k): one_line(str(v)) for k, v in own.items()} if isinstance(own, dict) else {}


def _text(value: Any) -> str:
    """One line without the markup that CSL allows."""
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    return one_line(_MARKUP.sub("", str(value))) if isinstance(value, str | int | float) else ""


def _people(names: Any) -> tuple[Person, ...]:
    found = (
        (_person(name) for name in names if isinstance(name, dict))
        if isinstance(names, list)
        else ()
    )
    return tuple(person for person in found if person.family)


def _person(name: dict[str, Any]) -> Person:
    if literal := _text(name.get("literal")):
        listed = literal.lower().rstrip(".") not in ("et al", "others")
        return Person(literal, corporate=True) if listed else OTHERS
    given, family = _text(name.get("given")), _text(name.get("family"))
    particles = (_text(name.get(f"{kind}-particle")) for kind in ("dropping", "non-dropping"))
    # A family name alone is how Mendeley and Crossref write a body.
    return Person(
        family=family or given,
        given=given if family else "",
        particle=" ".join(filter(None, particles)),
        suffix=_text(name.get("suffix")),
        corporate=bool(family) and not given and " " in family,
    )


def _dated(date: Any) -> dict[str, str]:
    if not isinstance(date, dict):
        return dated(_text(date))
    parts = date.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
    return dated("-".join(map(str, first))) or dated(
        _text(date.get("raw")) or _text(date.get("literal"))
    )


def write(reference: Reference) -> dict[str, Any]:
    """The item. What would not be read back from it as it is stands in its `custom`."""
    fields = reference.fields
    kind = _WRITTEN_AS.get(reference.entry_type) or ("webpage" if fields.get("url") else "document")
    read_as = _TYPES.get(kind, "misc")
    places = {ours: theirs for theirs, ours in reversed(_SIMPLE.items())} | {
        _CONTAINER.get(read_as, "howpublished"): "container-title",
        _PUBLISHER.get(read_as, "publisher"): "publisher",
        **{"number": "issue" if read_as == "article" else "number", "pages": "page", "doi": "DOI"},
    }
    item: dict[str, Any] = {"id": reference.citekey, "type": kind}
    item |= {places[name]: text for name, text in fields.items() if name in places and text}
    item |= {
        role: [_named(person) for person in people]
        for role, people in (("author", reference.authors), ("editor", reference.editors))
        if people
    }
    dates = (
        ("issued", fields.get("date") or reference.year),
        ("accessed", fields.get("urldate", "")),
    )
    item |= {name: {"date-parts": [parts]} for name, text in dates if (parts := _parts(text))}
    back = _reference(item)
    lost = {name: text for name, text in fields.items() if text != back.fields.get(name, "")}
    if back.entry_type != reference.entry_type:
        lost["entrytype"] = reference.entry_type
    return item | ({"custom": {_OURS: lost}} if lost else {})


def _named(person: Person) -> dict[str, str]:
    if person == OTHERS:
        return dict(OTHERS_LISTED)
    if person.corporate:
        return {"literal": person.family}
    parts = {
        "family": person.family,
        "given": person.given,
        "non-dropping-particle": person.particle,
        "suffix": person.suffix,
    }
    return {name: text for name, text in parts.items() if text}


def _parts(date: str) -> list[int]:
    """Year, month and day of an ISO date, as far as it has them; none of other text."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", date)
    return [int(part) for part in match.groups() if part] if match else []
