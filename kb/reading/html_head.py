"""What a web page says of itself: the tags of its head that reference managers and search engines
read (Highwire Press, Dublin Core, Open Graph, schema.org as JSON-LD)."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kb.records import Described

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_TITLE = ("citation_title", "dc.title", "dcterms.title", "og:title", "twitter:title")
_AUTHORS = ("citation_author", "dc.creator", "dcterms.creator", "dc.contributor.author")
_AUTHOR_LISTS = ("citation_authors",)
_LESS_CERTAIN_AUTHORS = ("article:author", "author", "byl")
_DATES = (
    "citation_publication_date citation_date citation_cover_date citation_year "
    "citation_online_date prism.publicationdate dc.date.issued dcterms.issued dc.date "
    "dcterms.date article:published_time dcterms.created date"
).split()
_DOIS = ("citation_doi", "prism.doi", "bepress_citation_doi", "dc.identifier.doi", "dc.identifier")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"'<>]+")
# Kinds of schema.org that are the page's work, not its site or publisher.
_WORKS = re.compile(r"Article|Posting|Report|Book|Chapter|CreativeWork|Thesis|WebPage|Guideline")


def described(page: "Element") -> Described:
    """Title, authors, year and DOI as the page's head gives them, the most exact tag first. To be
    called before scripts are taken out of the page."""
    metas = _metas(page)
    works = sorted(_works(page), key=lambda work: "WebPage" in _kind(work))
    titles = [*_of(metas, _TITLE[:3]), *_texts(works, "headline"), *_of(metas, _TITLE[3:])]
    shown = next((_line(node) for node in page.iter("title")), "")
    headings = [_line(node) for node in page.iter("h1")]
    # The title of a window often has the site's name after the heading.
    titles += [*(line for line in headings if line in shown), shown, *headings]
    names = (
        _of(metas, _AUTHORS)
        or [name for value in _of(metas, _AUTHOR_LISTS) for name in value.split(";")]
        or _texts(works[:1], "author")
        or [name for name in _of(metas, _LESS_CERTAIN_AUTHORS) if "/" not in name]
    )
    dates = [*_of(metas, _DATES), *_texts(works, "datePublished"), *_texts(works, "dateCreated")]
    identifiers = [*_of(metas, _DOIS)]
    for name in ("identifier", "@id", "sameAs"):
        identifiers += _texts(works, name)
    return Described(
        title=next(filter(None, titles), ""),
        authors=tuple(dict.fromkeys(name.strip() for name in names if name.strip())),
        year=_first(_YEAR, dates),
        doi=_first(_DOI, identifiers).rstrip(".,;)").lower(),
    )


def _line(node: "Element") -> str:
    return " ".join("".join(node.itertext()).split())


def _metas(page: "Element") -> dict[str, list[str]]:
    metas: dict[str, list[str]] = defaultdict(list)
    for node in page.iter("meta"):
        name = node.get("name") or node.get("property") or node.get("itemprop")
        value = " ".join((node.get("content") or "").split())
        if name and value:
            metas[name.lower().replace("dc:", "dc.").replace("dcterms:", "dcterms.")].append(value)
    return metas


def _of(metas: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    """The values of the first of the names that has any."""
    return next((metas[name] for name in names if name in metas), [])


def _first(pattern: re.Pattern[str], values: Iterable[str]) -> str:
    found = (pattern.search(value) for value in values)
    return next((match.group() for match in found if match), "")


def _works(page: "Element") -> Iterator[dict[str, Any]]:
    for node in page.iter("script"):
        if node.get("type") != "application/ld+json":
            continue
        try:
            found = json.loads(node.text or "")
        except (ValueError, RecursionError):
            continue
        items = found if isinstance(found, list) else [found]
        for item in items:
            graph = item.get("@graph") if isinstance(item, dict) else None
            for work in graph if isinstance(graph, list) else [item]:
                if isinstance(work, dict) and _WORKS.search(_kind(work)):
                    yield work


def _kind(work: dict[str, Any]) -> str:
    kind = work.get("@type")
    return " ".join(map(str, kind)) if isinstance(kind, list) else str(kind)


def _texts(works: list[dict[str, Any]], name: str) -> list[str]:
    """The text of a property in each work, of persons their names and of other things their
    values."""
    texts = []
    for work in works:
        value = work.get(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                item = item.get("name") or item.get("value")
            if isinstance(item, str) and item.strip():
                texts.append(" ".join(item.split()))
    return texts
