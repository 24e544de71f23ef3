"""OpenAlex: nearly everything, with whole names. Shapes as in its documentation,
https://developers.openalex.org

Since February 2026 a search counts against a small daily allowance for those without a key, and one
work by its DOI does not. When the allowance is used up it asks to wait for hours: a note, no error.
"""

from typing import Any
from urllib.parse import quote

from kb.online import Location, OnlineError, Record
from kb.online.agreement import bare_doi, words
from kb.online.services import ROWS, Service, query
from kb.online.shapes import at, dicts, licence, link, loaded, person, text, year
from kb.records import Described

_FIELDS = "authorships,best_oa_location,biblio,doi,id,primary_location,publication_year,title,type"
_TYPES = {
    "article": "article",
    "review": "article",
    "letter": "article",
    "editorial": "article",
    "erratum": "article",
    "book-chapter": "incollection",
    "book": "book",
    "report": "techreport",
    "dissertation": "phdthesis",
}


def _by_title(asked: Described) -> str:
    # Commas and bars part filters from each other: only words are left of the title.
    wanted = f"title.search:{' '.join(words(asked.title))[:400]}"
    return query("/works", {"filter": wanted, "per-page": ROWS, "select": _FIELDS})


def parse(answer: str) -> tuple[Record, ...]:
    found = loaded(answer)
    if isinstance(found, dict) and "results" in found:
        return tuple(_work(work) for work in dicts(found["results"]))
    if at(found, "id") is None:
        raise OnlineError("its answer has neither 'results' nor 'id'")
    return (_work(found),)


def _work(work: dict[str, Any]) -> Record:
    biblio, source = at(work, "biblio"), at(work, "primary_location", "source")
    first, last = text(at(biblio, "first_page")), text(at(biblio, "last_page"))
    names = [text(at(item, "author", "display_name")) for item in dicts(work.get("authorships"))]
    kind, where = text(work.get("type")), text(at(source, "type"))
    is_venue = where != "repository"
    return Record(
        service="OpenAlex",
        entry_type="inproceedings" if where == "conference" else _TYPES.get(kind, "misc"),
        title=text(work.get("title")),
        authors=tuple(person(name) for name in names if name),
        year=year(work.get("publication_year")),
        venue=text(at(source, "display_name")) if is_venue else "",
        volume=text(at(biblio, "volume")),
        number=text(at(biblio, "issue")),
        pages="-".join(dict.fromkeys(filter(None, [first, last]))),
        publisher=text(at(source, "host_organization_name")) if is_venue else "",
        doi=bare_doi(text(work.get("doi"))),
        url=link(work.get("doi")) or link(at(work, "primary_location", "landing_page_url")),
        names_guessed=True,
        locations=_locations(work.get("best_oa_location")),
    )


def _locations(place: Any) -> tuple[Location, ...]:
    if at(place, "is_oa") is not True:
        return ()
    pdf, page = link(at(place, "pdf_url")), link(at(place, "landing_page_url"))
    terms, version = licence(at(place, "license")), text(at(place, "version"))
    return tuple(
        Location(address, kind, "OpenAlex", terms, version)
        for address, kind in ((pdf, "pdf"), (page, "html"))
        if address
    )


OPENALEX = Service(
    "OpenAlex",
    "https://api.openalex.org",
    lambda doi: query(f"/works/doi:{quote(doi, safe='/')}", {"select": _FIELDS}),
    _by_title,
    parse,
)
