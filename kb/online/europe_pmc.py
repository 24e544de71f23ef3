"""Europe PMC: the life sciences, names split, free full texts. Shapes as in its documentation,
https://europepmc.org/RestfulWebService"""

import re
from typing import Any

from kb.online import Author, Location, OnlineError, Record
from kb.online.agreement import bare_doi, words
from kb.online.services import ROWS, Service, query
from kb.online.shapes import at, dicts, licence, link, loaded, text, year

_FREE = ("OA", "F")
"""Codes of availability: open access, and free to read. Others ("S") are for subscribers."""
_BASE = "https://www.ebi.ac.uk/europepmc/webservices/rest"


def _search(wanted: str) -> str:
    asked: dict[str, str | int] = {"query": wanted, "resultType": "core", "format": "json"}
    return query("/search", {**asked, "pageSize": ROWS})


def parse(answer: str) -> tuple[Record, ...]:
    results = at(loaded(answer), "resultList", "result")
    if not isinstance(results, list):
        raise OnlineError("its answer has no 'resultList'")
    return tuple(_work(work) for work in dicts(results))


def _work(work: dict[str, Any]) -> Record:
    journal, book = at(work, "journalInfo"), at(work, "bookOrReportDetails")
    preprint = text(work.get("source")) == "PPR"
    kind = "misc" if preprint else "book" if book and not journal else "article"
    people = dicts(at(work, "authorList", "author"))
    doi = bare_doi(text(work.get("doi")))
    return Record(
        service="Europe PMC",
        entry_type=kind,
        title=text(work.get("title")).removesuffix("."),
        authors=tuple(filter(lambda author: author.family, map(_author, people))),
        year=year(work.get("pubYear")),
        venue=text(at(journal, "journal", "title")),
        volume=text(at(journal, "volume")),
        number=text(at(journal, "issue")),
        pages=text(work.get("pageInfo")),
        publisher=text(at(book, "publisher")),
        doi=doi,
        url=f"https://doi.org/{doi}" if doi else "",
        locations=_locations(work),
    )


def _author(author: dict[str, Any]) -> Author:
    if family := text(author.get("lastName")):
        return Author(family, text(author.get("firstName")) or text(author.get("initials")))
    if body := text(author.get("collectiveName")):
        return Author(body, corporate=True)
    # "Smith AB": the family name first, then initials.
    family, _, initials = text(author.get("fullName")).rpartition(" ")
    return Author(family or initials, initials if family else "")


def _locations(work: dict[str, Any]) -> tuple[Location, ...]:
    terms = licence(work.get("license"))
    found = []
    for place in dicts(at(work, "fullTextUrlList", "fullTextUrl")):
        kind, address = text(place.get("documentStyle")), link(place.get("url"))
        free = text(place.get("availabilityCode")) in _FREE
        if address and free and kind in ("pdf", "html"):
            found.append(Location(address, kind, "Europe PMC", terms))
    pmcid = text(work.get("pmcid"))
    if text(work.get("isOpenAccess")) == "Y" and re.fullmatch(r"PMC\d+", pmcid):
        address = f"{_BASE}/{pmcid}/fullTextXML"
        found.append(Location(address, "xml", "Europe PMC", terms))
    return tuple(found)


EUROPE_PMC = Service(
    "Europe PMC",
    _BASE,
    lambda doi: _search('DOI:"' + re.sub(r'["\\]', "", doi) + '"'),
    lambda asked: _search(f'TITLE:"{" ".join(words(asked.title))[:400]}"'),
    parse,
)
