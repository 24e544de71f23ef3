"""references.bib in, Sources out; a broken entry is one BibliographyError that names the line.

Names are split before LaTeX is decoded, so that a corporate author in braces stays whole.
"""

import logging
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares.names import (
    InvalidNameError,
    NameParts,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import Entry, ParsingFailedBlock
from pylatexenc.latex2text import LatexNodes2Text

from kb import handwritten
from kb.errors import BibliographyError
from kb.records import Source

# The library reports broken blocks in its result, which we turn into an error; its log lines
# would say the same again on stderr.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

_decode = LatexNodes2Text(math_mode="verbatim").latex_to_text
_CITEKEY = re.compile(r"[A-Za-z0-9][\w.:+-]*")
# Without a comma between two fields the parser takes both for one value.
_SWALLOWED = re.compile(r"[}\"]\s*\n\s*[\w-]+\s*=\s*[{\"]")
_VENUES = ("journal", "journaltitle", "booktitle", "institution", "publisher", "howpublished")


def load(path: Path) -> dict[str, Source]:
    """Every entry of a BibTeX file by citekey. Raises BibliographyError naming file and line."""
    library = _parsed(path)
    for block in library.failed_blocks:
        raise BibliographyError(_broken(path, block))
    return _told_apart([_source(path, entry) for entry in library.entries])


def faults(path: Path) -> list[BibliographyError]:
    """Every entry that keeps the file from loading, those of broken text first. Raises
    BibliographyError where the file itself cannot be read."""
    library = _parsed(path)
    found = [BibliographyError(_broken(path, block)) for block in library.failed_blocks]
    for entry in library.entries:
        try:
            _source(path, entry)
        except BibliographyError as error:
            found.append(error)
    return found


def _parsed(path: Path) -> Library:
    missing = "a knowledge base lists its sources here (an empty file will do)"
    return parse_string(handwritten.read(path, BibliographyError, missing))


def _broken(path: Path, block: ParsingFailedBlock) -> str:
    line = (block.start_line or 0) + 1
    first_line = (block.raw or "").strip().splitlines()[0][:60]
    # An aborted block carries no text of its own: only its class says what happened.
    reason = str(block.error or "") or "a brace, comma or '=' is missing"
    reason = " ".join(reason.split()).split(" Note:")[0].rstrip(".")
    return (
        f"{path}:{line}: the entry '{first_line}' cannot be read: {reason}; mend it and try again"
    )


def _source(path: Path, entry: Entry) -> Source:
    fields = {field.key.lower(): str(field.value) for field in entry.fields}
    line = (entry.start_line or 0) + 1
    if not _CITEKEY.fullmatch(entry.key):
        raise BibliographyError(
            f"{path}:{line}: '{entry.key}' cannot be a citekey: start with a letter or digit, "
            "then letters, digits and . _ : + -"
        )
    title = _plain(fields.get("title", ""))
    if not title:
        raise BibliographyError(f"{path}:{line}: '{entry.key}' has no title; add one")
    for name, value in fields.items():
        if complaint := _complaint(name, value):
            raise BibliographyError(f"{path}:{line}: '{entry.key}' {complaint}")
    try:
        authors_given = fields.get("author") or fields.get("editor", "")
        people = [
            parse_single_name_into_parts(name)
            for name in split_multiple_persons_names(authors_given)
        ]
    except InvalidNameError as error:
        raise BibliographyError(
            f"{path}:{line}: '{entry.key}' has a name that cannot be split: {error}; write names "
            "as 'Family, Given' and part them by ' and '"
        ) from None
    year = _plain(fields.get("year", "")) or _plain(fields.get("date", "")).split("-")[0]
    authors = tuple(_family(parts) for parts in people)
    return Source(
        citekey=entry.key,
        entry_type=entry.entry_type.lower(),
        title=title,
        authors=authors,
        year=year,
        citation=f"{_names(authors) or _short(title)} ({year or 'n.d.'})",
        reference=_reference(fields, people, year, title),
        doi=_doi(fields),
        url=_address(fields, "url"),
        note=_plain(fields.get("note", "")),
        check=_plain(fields.get("kb-check", "")),
        keywords=_keywords(fields.get("keywords", "")),
    )


def _complaint(name: str, value: str) -> str:
    """What the parser took without a word and no reader of the reference would want."""
    if _SWALLOWED.search(value):
        return f"lacks a comma after '{name}'; add it and try again"
    if re.search(r'["}]\s*#|#\s*["{]', value):
        return f"joins text with # in '{name}'; write it as one text"
    if name in ("author", "editor") and ";" in re.sub(r"\{[^{}]*\}|\\.", "", value):
        return f"has a semicolon in '{name}'; part names by ' and '"
    return ""


def _keywords(given: str) -> tuple[str, ...]:
    """Each once; programs part them by commas or semicolons."""
    parts = map(_plain, re.split(r"[,;]", given))
    return tuple(dict.fromkeys(part for part in parts if part))


def _doi(fields: dict[str, str]) -> str:
    """The DOI alone, also where it is given as an address."""
    return re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", _address(fields, "doi"))


def _address(fields: dict[str, str], name: str) -> str:
    """A DOI or URL without the backslashes that LaTeX asks for."""
    return re.sub(r"\\([_%&#~])", r"\1", fields.get(name, "").strip())


# What a decoder of LaTeX changes; most values hold none of it, and decoding is slow.
_LATEX = re.compile(r"[\\{}$~%&]|--|``|''|[!?]`")


def _plain(latex: str) -> str:
    """One line without LaTeX. Bare % and & are meant as they stand: to LaTeX a % would hide the
    rest of the line."""
    if not _LATEX.search(latex):
        return " ".join(latex.split())
    return " ".join(_decode(re.sub(r"(?<!\\)([%&])", r"\\\1", latex)).split())


def _family(parts: NameParts) -> str:
    """ "others" is kept as such: it stands for authors who are not listed."""
    return _plain(" ".join([*parts.von, *parts.last]))


def _names(authors: tuple[str, ...]) -> str:
    listed = [name for name in authors if name != "others"]
    if len(listed) > 2 or len(listed) < len(authors):
        return f"{listed[0]} et al." if listed else ""
    return " and ".join(listed)


def _short(title: str) -> str:
    words = title.split()
    return f"“{' '.join(words[:6])}{'…' if len(words) > 6 else ''}”"


def _reference(fields: dict[str, str], people: list[NameParts], year: str, title: str) -> str:
    """One plain line; a stand-in for citation styles, in the order most readers expect."""
    listed = [_full_name(parts) for parts in people if _family(parts) != "others"]
    et_al = " et al." if len(listed) < len(people) else ""
    venue = next((_plain(fields[name]) for name in _VENUES if fields.get(name)), "")
    volume = fields.get("volume", "") + (f"({fields['number']})" if fields.get("number") else "")
    place = ", ".join(filter(None, [venue, volume, _plain(fields.get("pages", ""))]))
    address = f"https://doi.org/{_doi(fields)}" if _doi(fields) else _address(fields, "url")
    opening = f"{'; '.join(listed)}{et_al} ({year or 'n.d.'}).".strip()
    title = title if title.endswith(("?", "!", ".")) else f"{title}."
    return " ".join(filter(None, [opening, title, f"{place}." if place else "", address]))


def _full_name(parts: NameParts) -> str:
    given = _plain(" ".join(parts.first))
    return ", ".join(filter(None, [_family(parts), given, _plain(" ".join(parts.jr))]))


def _told_apart(sources: list[Source]) -> dict[str, Source]:
    """Entries that would be cited alike get a letter each, in the order of their titles."""
    alike: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        alike[source.citation].append(source)
    lettered = {}
    for group in alike.values():
        for number, source in enumerate(sorted(group, key=_title)):
            letter = _letters(number)
            mark = f"-{letter}" if source.citation.endswith("n.d.)") else letter
            alone = len(group) == 1
            citation = source.citation if alone else f"{source.citation[:-1]}{mark})"
            lettered[source.citekey] = replace(source, citation=citation)
    return {source.citekey: lettered[source.citekey] for source in sources}


def _title(source: Source) -> tuple[str, str]:
    return source.title.casefold(), source.citekey


def _letters(number: int) -> str:
    """0 → a, 25 → z, 26 → aa."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)
