"""What a Word file says of itself, in its properties or on its first page."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kb.reading.docx_package import local
from kb.reading.pieces import Piece
from kb.records import Described

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_DOI = re.compile(r"(?:doi:\s*|doi\.org/)(10\.\d{4,9}/[^\s\"'<>]+)", re.IGNORECASE)
_PLAIN_DOI = re.compile(r"10\.\d{4,9}/[^\s\"'<>]+")
_FIRST_PAGE = 3000  # characters
_YEAR = re.compile(r"\d{4}")
# What Word and its templates enter by themselves.
_NO_TITLE = re.compile(
    r"microsoft word.*|document ?\d*|untitled.*|template.*|word document|.*\.(?:docx?|dotx?|rtf)",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(?:microsoft office |windows |office )?user|admin\w*|author|owner|python-docx|unknown",
    re.IGNORECASE,
)


def described(properties: "Element | None", title: str, pieces: Sequence[Piece]) -> Described:
    """Title, authors, the year of its making and its DOI: `title` is what the file sets as its
    title, `pieces` are those of its text, `properties` its core properties (ECMA-376, part 2)."""
    core = {
        local(node): " ".join((node.text or "").split())
        for node in (() if properties is None else properties)
    }
    named = core.get("title", "")
    authors = (name.strip() for name in core.get("creator", "").split(";"))
    first_page = "\n".join(text for _, text in pieces[:60])[:_FIRST_PAGE]
    doi = _PLAIN_DOI.search(core.get("identifier", "")) or _DOI.search(first_page)
    year = _YEAR.match(core.get("created", ""))
    return Described(
        title=title or ("" if _NO_TITLE.fullmatch(named) else named),
        authors=tuple(name for name in authors if name and not _NO_AUTHOR.fullmatch(name)),
        year=year.group() if year else "",
        doi=doi.group(doi.lastindex or 0).rstrip(".,;)").lower() if doi else "",
    )
