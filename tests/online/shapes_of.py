"""Answers in the shapes of the services' documentation, about articles that nobody wrote."""

from typing import Any

from tests.online.conftest import ASKED, Handler, says

CROSSREF = "/crossref/works/10.5555%2Freminders.2020"
CROSSREF_TITLE = "/crossref/works"
EUROPE_PMC = "/europepmc/search"
OPENALEX = "/openalex/works/doi:10.5555/reminders.2020"
OPENALEX_TITLE = "/openalex/works"
ARXIV = "/arxiv/api/query"


def crossref_work(**changes: Any) -> dict[str, Any]:
    work = {
        "DOI": "10.5555/Reminders.2020",
        "URL": "https://doi.org/10.5555/reminders.2020",
        "type": "journal-article",
        "title": ["Reminders in <i>general</i> practice"],
        "subtitle": ["a randomised trial"],
        "author": [
            {"given": "Ann B.", "family": "Smith", "sequence": "first", "affiliation": []},
            {"name": "Reminders Trial Group", "sequence": "additional", "affiliation": []},
        ],
        "issued": {"date-parts": [[2020, 5, 1]]},
        "container-title": ["Journal of Small Trials &amp; Errors"],
        "volume": "35",
        "issue": "4",
        "page": "216-224",
        "publisher": "Invented Press",
    }
    return work | changes


def crossref(work: Any) -> Handler:
    return says({"status": "ok", "message-type": "work", "message": work})


def crossref_list(*works: Any) -> Handler:
    message = {"total-results": len(works), "items": list(works), "items-per-page": 5}
    return says({"status": "ok", "message-type": "work-list", "message": message})


def europe_pmc_work(**changes: Any) -> dict[str, Any]:
    work = {
        "id": "99999999",
        "source": "MED",
        "pmid": "99999999",
        "pmcid": "PMC9999999",
        "doi": "10.5555/reminders.2020",
        "title": "Reminders in general practice: a randomised trial.",
        "authorString": "Smith AB, Reminders Trial Group.",
        "authorList": {
            "author": [
                {"fullName": "Smith AB", "firstName": "Ann B", "lastName": "Smith"},
                {"fullName": "van der Berg J", "initials": "J", "lastName": "van der Berg"},
                {"collectiveName": "Reminders Trial Group"},
            ]
        },
        "journalInfo": {
            "issue": "4",
            "volume": "35",
            "yearOfPublication": 2020,
            "journal": {"title": "Journal of Small Trials"},
        },
        "pubYear": "2020",
        "pageInfo": "216-224",
        "abstractText": "An abstract that is nobody's business.",
        "isOpenAccess": "Y",
        "license": "cc by",
        "fullTextUrlList": {
            "fullTextUrl": [
                place("S", "pdf", "https://paywall.example/paper.pdf"),
                place("OA", "html", "https://europepmc.org/articles/PMC9999999"),
                place("OA", "pdf", "https://europepmc.org/articles/PMC9999999?pdf=render"),
                place("OA", "doi", "https://doi.org/10.5555/reminders.2020"),
                place("F", "pdf", "javascript:alert(1)"),
            ]
        },
    }
    return work | changes


def place(code: str, style: str, url: str) -> dict[str, str]:
    return {"availabilityCode": code, "documentStyle": style, "site": "A site", "url": url}


def europe_pmc(*works: Any) -> Handler:
    return says({"hitCount": len(works), "resultList": {"result": list(works)}})


def openalex_work(**changes: Any) -> dict[str, Any]:
    work = {
        "id": "https://openalex.org/W99",
        "doi": "https://doi.org/10.5555/reminders.2020",
        "title": "Reminders in general practice: a randomised trial",
        "publication_year": 2020,
        "type": "article",
        "authorships": [
            {"author_position": "first", "author": {"display_name": "Ann B. Smith"}},
            {"author_position": "last", "author": {"display_name": "Jan van der Berg"}},
        ],
        "biblio": {"volume": "35", "issue": "4", "first_page": "216", "last_page": "224"},
        "primary_location": {
            "landing_page_url": "https://doi.org/10.5555/reminders.2020",
            "source": {
                "display_name": "Journal of Small Trials",
                "host_organization_name": "Invented Press",
                "type": "journal",
            },
        },
        "best_oa_location": {
            "is_oa": True,
            "landing_page_url": "https://repository.example/99",
            "pdf_url": "https://repository.example/99.pdf",
            "license": "cc-by",
            "version": "acceptedVersion",
        },
    }
    return work | changes


def arxiv(*entries: str) -> Handler:
    feed = (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom"><title>arXiv Query</title>'
    )
    return says(f"{feed}{''.join(entries)}</feed>", "application/atom+xml; charset=utf-8")


def arxiv_entry(page: str = "http://arxiv.org/abs/2001.99999v2", title: str = ASKED.title) -> str:
    return (
        f"<entry><id>{page}</id><published>2020-01-31T00:00:00Z</published><title>{title}</title>"
        "<author><name>Ann Smith</name></author><author><name>Jan van der Berg</name></author>"
        f'<link href="{page}" rel="alternate"/></entry>'
    )
