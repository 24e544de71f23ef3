"""Crossref: the publishers' own records, names split. Shapes as in its documentation,
https://api.crossref.org/swagger-ui/index.html"""

from typing import Any
from urllib.parse import quote

from kb.online import Author, OnlineError, Record
from kb.online.agreement import bare_doi
from kb.online.services import ROWS, Service, query
from kb.online.shapes import at, dicts, link, loaded, text, year
from kb.records import Described

_FIELDS = (
    "DOI,URL,article-number,author,container-title,editor,issue,issued,page,publisher,subtitle,"
    "title,type,volume"
)
_TYPES = {
    "journal-article": "article",
    "proceedings-article": "inproceedings",
    "book-chapter": "incollection",
    "book": "book",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "report": "techreport",
    "report-component": "techreport",
    "dissertation": "phdthesis",
}


def _by_title(asked: Described) -> str:
    wanted = " ".join([asked.title, *asked.authors[:1], asked.year]).strip()
    return query("/works", {"query.bibliographic": wanted[:500], "rows": ROWS, "select": _FIELDS})


def parse(answer: str) -> tuple[Record, ...]:
    message = at(loaded(answer), "message")
    if not isinstance(message, dict):
        raise OnlineError("its answer has no 'message'")
    works = dicts(message["items"]) if "items" in message else [message]
    return tuple(_work(work) for work in works)


def _work(work: dict[str, Any]) -> Record:
    title, subtitle = text(work.get("title")), text(work.get("subtitle"))
    if subtitle and subtitle.casefold() not in title.casefold():
        title = f"{title}: {subtitle}"
    parts = at(work, "issued", "date-parts")
    date = parts[0] if isinstance(parts, list) and parts else None
    people = dicts(work.get("author")) or dicts(work.get("editor"))
    return Record(
        service="Crossref",
        entry_type=_TYPES.get(text(work.get("type")), "misc"),
        title=title,
        authors=tuple(filter(lambda author: author.family, map(_author, people))),
        year=year(date),
        venue=text(work.get("container-title")),
        volume=text(work.get("volume")),
        number=text(work.get("issue")),
        pages=text(work.get("page")) or text(work.get("article-number")),
        publisher=text(work.get("publisher")),
        doi=bare_doi(text(work.get("DOI"))),
        url=link(work.get("URL")),
    )


def _author(author: dict[str, Any]) -> Author:
    if family := text(author.get("family")):
        return Author(family, text(author.get("given")))
    return Author(text(author.get("name")) or text(author.get("literal")), corporate=True)


CROSSREF = Service(
    "Crossref",
    "https://api.crossref.org",
    lambda doi: f"/works/{quote(doi, safe='')}",
    _by_title,
    parse,
)
