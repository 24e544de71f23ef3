"""What pypdf knows of a PDF: what the file says of itself, and a second reading of a page."""

import logging
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kb.records import Described

if TYPE_CHECKING:
    import pypdf

T = TypeVar("T")

# https://www.crossref.org/blog/dois-and-matching-regular-expressions/, without brackets at the end
DOI = re.compile(r"\b10\.\d{4,9}/[-._;()/:\w<>\[\]]+", re.ASCII)
_YEAR = re.compile(r"(?<![\d.])(?:19|20)\d\d(?![\d.]\d)")
_DATED = re.compile(
    r"(?:©|\(c\)|copyright|published|accepted|vol(?:ume|\.)?|issue|conference|proceedings)"
    r"[^\n]{0,60}?(?<![\d.])((?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"untitled|microsoft word\b.*|.*\.(?:docx?|pdf|tex|dvi|indd|qxd|ps|rtf|odt)|\W*|[\W\d]+|"
    r"document\s?\d*|.{1,5}|slide \d+|title|.*(?:/|\\).*|"
    r"\S*[_\d]\S*",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(?i:user|admin(istrator)?|author|owner|unknown|anonymous|microsoft.*|.)|[\W\d]*|[a-z\d._-]+"
)
_PRISM = ("prism:publicationDate", "prism:coverDate", "prism:doi", "dc:identifier", "pdfx:doi")


def opened(path: Path) -> "pypdf.PdfReader | None":
    """pypdf's reader; None where it cannot make sense of the file, which PDFium may."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    return _tried(lambda: _decrypted(pypdf.PdfReader(path, strict=False)), None)


def _decrypted(reader: "pypdf.PdfReader") -> "pypdf.PdfReader":
    if reader.is_encrypted:
        reader.decrypt("")
    return reader


def second_engine(path: Path) -> Callable[[int], str]:
    """A function that gives pypdf's text of a page (from 0), "" where it fails."""
    reader = lru_cache(maxsize=1)(lambda: opened(path))

    def text(page: int) -> str:
        known = reader()
        return _tried(lambda: known.pages[page].extract_text(), "") if known else ""

    return text


def described(path: Path, opening: str, heading: str) -> Described:
    """Title, authors, year and DOI as the metadata have them, else as its first page does:
    `opening` is that page's text, `heading` what is set largest on it."""
    reader = opened(path)
    nothing: dict[str, Any] = {}
    entries = _tried(lambda: dict(reader.metadata or {}), nothing) if reader else nothing
    about = {str(key).lstrip("/").lower(): str(value).strip() for key, value in entries.items()}
    # The packet itself, by its own names: what publishers write there is often not valid RDF.
    packet = _tried(lambda: _packet(reader), "") if reader else ""
    title = " ".join(about.get("title", "").split())
    if _NO_TITLE.fullmatch(title):
        title = heading
    return Described(
        title=title[:500],
        authors=_authors(about.get("author", "")),
        year=_year(packet, about, opening),
        doi=_doi(packet, about, opening),
    )


def _packet(reader: Any) -> str:
    packet = reader.trailer["/Root"].get("/Metadata")
    data = packet.get_object().get_data() if packet else b""
    return bytes(data[:200_000]).decode("utf-8", "replace")


def _authors(names: str) -> tuple[str, ...]:
    """Names parted by semicolons, "and", or commas where each part is itself a whole name."""
    parts = re.split(r"\s*;\s*|\s+and\s+|\s*&\s*", names)
    if len(parts) == 1 and all(" " in part.strip() for part in names.split(",")):
        parts = names.split(",")
    else:
        parts = [
            piece for part in parts for piece in (part.split(",") if _whole_names(part) else [part])
        ]
    tidy = (" ".join(part.split()).strip(" ,") for part in parts)
    return tuple(name[:200] for name in tidy if name and not _NO_AUTHOR.fullmatch(name))[:100]


def _whole_names(part: str) -> bool:
    return part.count(",") > 0 and all(" " in name.strip() for name in part.split(","))


def _year(packet: str, about: dict[str, str], opening: str) -> str:
    """The year of publication: that of making the file is the last to be believed."""
    for name in _PRISM[:2]:
        found = re.search(rf"{name}[^\d]{{1,40}}((?:19|20)\d\d)", packet)
        if found:
            return found.group(1)
    dated = _DATED.search(opening)
    if dated:
        return dated.group(1)
    years: set[str] = set(_YEAR.findall(about.get("subject", "")))
    made = re.match(r"D:((?:19|20)\d\d)", about.get("creationdate", ""))
    if len(years) == 1:
        return years.pop()
    return made.group(1) if made else ""


def _doi(packet: str, about: dict[str, str], opening: str) -> str:
    named = " ".join(about.get(key, "") for key in ("doi", "wps-articledoi", "subject", "title"))
    tagged = " ".join(
        match for name in _PRISM[2:] for match in re.findall(rf"{name}\W[^&]{{0,200}}", packet)
    )
    for where in (named, tagged, opening):
        found = DOI.search(where)
        if found:
            return _trimmed(re.split(r"[<>]", found.group())[0])
    return ""


def _trimmed(doi: str) -> str:
    doi = doi.rstrip(".,;:/")
    while doi.endswith((")", "]")) and doi.count(")") + doi.count("]") > doi.count("(") + doi.count(
        "["
    ):
        doi = doi[:-1].rstrip(".,;:")
    return doi


def _tried(work: Callable[[], T], otherwise: T) -> T:
    """A second opinion never stops a reading, whatever becomes of it."""
    try:
        return work()
    except MemoryError:
        raise
    except Exception:
        return otherwise
