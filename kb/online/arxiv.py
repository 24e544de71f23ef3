"""arXiv: preprints, all free to read; the licence is on the article's page only. Shapes as in its
documentation, https://info.arxiv.org/help/api/user-manual.html"""

import re
from xml.etree import ElementTree

from kb.online import Location, OnlineError, Record
from kb.online.agreement import bare_doi, words
from kb.online.services import ROWS, Service, query
from kb.online.shapes import person, text, year
from kb.records import Described

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_ID = r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Za-z]{2})?/\d{7})(?:v\d+)?"


def _by_doi(doi: str) -> str:
    own = re.fullmatch(rf"10\.48550/arxiv\.({_ID})", doi)
    return query("/api/query", {"id_list": own[1], "max_results": 1}) if own else ""


def _by_title(asked: Described) -> str:
    wanted = f'ti:"{" ".join(words(asked.title))[:400]}"'
    return query("/api/query", {"search_query": wanted, "max_results": ROWS})


def parse(answer: str) -> tuple[Record, ...]:
    # Entities are declared in a DOCTYPE, which no Atom feed has: without one there are none.
    if "<!DOCTYPE" in answer.upper():
        raise OnlineError("its answer is not an Atom feed")
    try:
        feed = ElementTree.fromstring(answer)  # noqa: S314 (see above)
    except (ElementTree.ParseError, ValueError):
        raise OnlineError("its answer is not an Atom feed") from None
    if feed.tag != f"{_ATOM}feed":
        raise OnlineError("its answer is not an Atom feed")
    records = (_work(entry) for entry in feed.findall(f"{_ATOM}entry"))
    return tuple(record for record in records if record)


def _work(entry: ElementTree.Element) -> Record | None:
    """None for an error, which comes as an entry too."""
    page = text(entry.findtext(f"{_ATOM}id"))
    found = re.fullmatch(rf"https?://arxiv\.org/abs/({_ID})", page)
    if not found:
        return None
    names = [text(name.text) for name in entry.findall(f"{_ATOM}author/{_ATOM}name")]
    address = f"https://arxiv.org/pdf/{found[1]}"
    return Record(
        service="arXiv",
        entry_type="misc",
        title=text(entry.findtext(f"{_ATOM}title")),
        authors=tuple(person(name) for name in names if name),
        year=year(entry.findtext(f"{_ATOM}published")),
        doi=bare_doi(text(entry.findtext(f"{_ARXIV}doi"))) or _own_doi(found[1]),
        url=f"https://arxiv.org/abs/{found[1]}",
        publisher="arXiv",
        names_guessed=True,
        locations=(Location(address, "pdf", "arXiv", version="submittedVersion"),),
    )


def _own_doi(identifier: str) -> str:
    return "10.48550/arxiv." + re.sub(r"v\d+$", "", identifier)


ARXIV = Service(
    "arXiv", "https://export.arxiv.org", _by_doi, _by_title, parse, "application/atom+xml"
)
