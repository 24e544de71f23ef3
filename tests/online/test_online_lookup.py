"""What a document says of itself, and the record that is found for it, or is not."""

from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kb.online import Author, Record
from kb.online.lookup import SERVICES, Lookup, find
from kb.records import Described
from tests.online.conftest import ASKED, Handler, Web, says
from tests.online.shapes_of import (
    CROSSREF,
    CROSSREF_TITLE,
    EUROPE_PMC,
    OPENALEX,
    OPENALEX_TITLE,
    crossref,
    crossref_list,
    crossref_work,
    europe_pmc,
    europe_pmc_work,
    openalex_work,
)

OTHER = crossref_work(title=["Letters in hospitals"], subtitle=[], author=[{"family": "Jones"}])


def looked_up(web: Web, asked: Described = ASKED, folder: Path | None = None) -> Lookup:
    return find(web.session(), asked, folder, [web.service(service) for service in SERVICES])


def paths(web: Web) -> list[str]:
    return [urlsplit(path).path for path in web.asked]


def terms(web: Web) -> dict[str, list[str]]:
    """The query of the last request."""
    return parse_qs(urlsplit(web.asked[-1]).query)


def record(found: Lookup) -> Record:
    assert found.record, found.notes
    return found.record


def test_crossref_gives_the_whole_reference(web: Web) -> None:
    web.answers[CROSSREF] = crossref(crossref_work())
    assert looked_up(web) == Lookup(
        Record(
            service="Crossref",
            entry_type="article",
            title="Reminders in general practice: a randomised trial",
            authors=(Author("Smith", "Ann B."), Author("Reminders Trial Group", corporate=True)),
            year="2020",
            venue="Journal of Small Trials & Errors",
            volume="35",
            number="4",
            pages="216-224",
            publisher="Invented Press",
            doi="10.5555/reminders.2020",
            url="https://doi.org/10.5555/reminders.2020",
        )
    )
    assert paths(web) == [CROSSREF]


def test_a_record_is_a_description_and_fields_of_bibtex(web: Web) -> None:
    web.answers[CROSSREF] = crossref(crossref_work(type="report", volume=None, page=None))
    found = record(looked_up(web))
    assert found.described == replace(ASKED, authors=("Smith, Ann B.", "Reminders Trial Group"))
    assert found.fields == {
        "title": "Reminders in general practice: a randomised trial",
        "series": "Journal of Small Trials & Errors",
        "institution": "Invented Press",
        "year": "2020",
        "number": "4",
        "doi": "10.5555/reminders.2020",
        "url": "https://doi.org/10.5555/reminders.2020",
    }


def test_europe_pmc_is_asked_when_crossref_does_not_know(web: Web) -> None:
    web.answers[EUROPE_PMC] = europe_pmc(europe_pmc_work())
    found = record(looked_up(web))
    assert found.service == "Europe PMC"
    assert found.title == "Reminders in general practice: a randomised trial"
    assert found.authors == (
        Author("Smith", "Ann B"),
        Author("van der Berg", "J"),
        Author("Reminders Trial Group", corporate=True),
    )
    assert (found.venue, found.volume, found.number) == ("Journal of Small Trials", "35", "4")
    assert (found.year, found.pages, found.entry_type) == ("2020", "216-224", "article")
    assert paths(web) == [CROSSREF, EUROPE_PMC]
    assert terms(web)["query"] == ['DOI:"10.5555/reminders.2020"']


def test_openalex_is_asked_last_and_its_names_are_said_to_be_guessed(web: Web) -> None:
    web.answers |= {EUROPE_PMC: europe_pmc(), OPENALEX: says(openalex_work())}
    found = looked_up(web)
    assert record(found).authors == (Author("Smith", "Ann B."), Author("van der Berg", "Jan"))
    assert record(found).pages == "216-224"
    assert record(found).doi == "10.5555/reminders.2020"
    assert found.notes == ("OpenAlex gives whole names; check where the family names begin",)


def test_without_a_doi_the_title_is_asked_for(web: Web) -> None:
    web.answers[CROSSREF_TITLE] = crossref_list(OTHER, crossref_work())
    found = looked_up(web, replace(ASKED, doi=""))
    assert record(found).doi == "10.5555/reminders.2020"
    assert [other.title for other in found.others] == ["Letters in hospitals"]
    assert terms(web)["query.bibliographic"] == [f"{ASKED.title} Ann Smith 2020"]


def test_the_doi_of_another_paper_does_not_lead_to_it(web: Web) -> None:
    web.answers[CROSSREF] = crossref(OTHER)
    found = looked_up(web)
    assert found.record is None
    assert found.notes[0] == (
        "Crossref: found something else: “Letters in hospitals” by Jones (2020) (another title)"
    )
    assert [other.title for other in found.others] == ["Letters in hospitals"]
    # The DOI has an owner: the others need not be asked for it.
    assert OPENALEX not in paths(web)


def test_the_title_finds_what_a_wrong_doi_hid(web: Web) -> None:
    web.answers[CROSSREF] = crossref(OTHER)
    web.answers[CROSSREF_TITLE] = crossref_list(crossref_work(DOI="10.5555/right"))
    found = looked_up(web)
    assert record(found).doi == "10.5555/right"
    assert found.notes[-1] == (
        "its DOI is 10.5555/right, not 10.5555/reminders.2020, which the document names"
    )


def test_of_a_preprint_and_its_article_the_one_that_was_asked_for_is_taken(web: Web) -> None:
    preprint = crossref_work(DOI="10.5555/pre", type="posted-content", issued=2019)
    web.answers[CROSSREF_TITLE] = crossref_list(preprint, crossref_work())
    found = looked_up(web)
    assert record(found).doi == "10.5555/reminders.2020"
    assert [other.doi for other in found.others] == ["10.5555/pre"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"title": ["Reminders in dental practice"]}, "another title"),
        ({"title": ["Correction: Reminders in general practice"]}, "another title"),
        ({"author": [{"family": "Jones", "given": "Ann"}]}, "no author in common"),
        ({"issued": {"date-parts": [[2017]]}}, "2017, not 2020"),
        ({"title": []}, "another title"),
    ],
)
def test_title_author_and_year_must_agree(web: Web, changes: dict[str, Any], why: str) -> None:
    web.answers[CROSSREF] = crossref(crossref_work(subtitle=["a randomised trial"], **changes))
    found = looked_up(web)
    assert found.record is None
    assert found.notes[0].startswith("Crossref: found something else: ")
    assert found.notes[0].endswith(f"({why})")


def test_what_is_not_known_of_the_document_cannot_agree(web: Web) -> None:
    web.answers[CROSSREF] = crossref(crossref_work())
    found = looked_up(web, Described(doi=ASKED.doi))
    assert found.record is None
    assert "give the document's title, to check that it is the same" in found.notes[0]
    web.answers[CROSSREF_TITLE] = crossref_list(crossref_work())
    assert looked_up(web, Described(title=ASKED.title)).record is None


def test_a_doi_and_a_title_are_enough_where_no_author_is_known(web: Web) -> None:
    web.answers[CROSSREF] = crossref(crossref_work())
    assert looked_up(web, Described(title=ASKED.title, doi=ASKED.doi)).record
    web.answers[CROSSREF] = crossref(crossref_work(author=[]))
    assert looked_up(web).record


def test_nothing_to_ask_with_asks_nothing(web: Web) -> None:
    assert looked_up(web, Described(authors=("Ann Smith",))).notes == (
        "neither a DOI nor a title to ask for is known",
    )
    assert looked_up(web, Described(doi="see below")).notes == ("'see below' is not a DOI",)
    assert web.asked == []


def test_what_nobody_knows_is_said(web: Web) -> None:
    web.answers |= {
        EUROPE_PMC: europe_pmc(),
        CROSSREF_TITLE: crossref_list(),
        OPENALEX_TITLE: says({"results": []}),
    }
    assert looked_up(web).notes == ("not known to Crossref, Europe PMC, OpenAlex",)
    by_doi, by_title = [CROSSREF, EUROPE_PMC, OPENALEX], [CROSSREF_TITLE, EUROPE_PMC]
    assert paths(web) == [*by_doi, *by_title, OPENALEX_TITLE]


def test_a_service_out_of_order_is_a_note_and_the_next_is_asked(web: Web) -> None:
    web.answers |= {
        CROSSREF: says("", status=500),
        EUROPE_PMC: says("", status=429, Retry_After="54000"),
        OPENALEX: says(openalex_work()),
    }
    found = looked_up(web)
    assert record(found).service == "OpenAlex"
    assert "busy or out of order (HTTP 500)" in found.notes[0]
    assert "asks to wait 5" in found.notes[1]


def test_a_service_that_fails_is_not_asked_again(web: Web) -> None:
    web.answers |= {CROSSREF: says("", status=503), CROSSREF_TITLE: crossref_list(crossref_work())}
    assert looked_up(web).record is None
    assert CROSSREF_TITLE not in paths(web)


@pytest.mark.parametrize(
    "answer",
    [
        says("<html>Sorry</html>"),
        says("null"),
        says("[]"),
        says("{}"),
        says({"message": "none"}),
        says("[" * 200_000),
        says('{"message": 1' + "0" * 5000 + "}"),
        says(b"\xff\xfe{}"),
        says({"status": "ok", "message": None}),
        says("{", "text/html"),
    ],
)
def test_json_of_another_shape_is_a_note(web: Web, answer: Handler) -> None:
    web.answers |= dict.fromkeys((CROSSREF, EUROPE_PMC, OPENALEX), answer)
    found = looked_up(web)
    assert found.record is None
    assert [note.split(":")[0] for note in found.notes] == ["Crossref", "Europe PMC", "OpenAlex"]


@pytest.mark.parametrize("wrong", [None, 5, True, "text", [], {}, [None], [[]], [5], {"a": {}}])
@pytest.mark.parametrize("make", [crossref_work, europe_pmc_work, openalex_work])
def test_a_field_of_another_type_is_a_missing_one(web: Web, make: Any, wrong: Any) -> None:
    for name in make():
        work = make(**{name: wrong})
        web.answers |= {
            CROSSREF: crossref(work),
            EUROPE_PMC: europe_pmc(work, wrong),
            OPENALEX: says(work | {"id": "W1"}),
        }
        looked_up(web)


def test_text_from_a_service_is_one_clean_line(web: Web) -> None:
    title = "Reminders\n in \x1b[31m<b>general</b>\u202e practice\ud800:"
    title += "&amp;amp; a <sub>random</sub>ised trial"
    web.answers[CROSSREF] = crossref(crossref_work(title=[title], subtitle=None))
    assert looked_up(web).others[0].title == (
        "Reminders in [31mgeneral practice:& a randomised trial"
    )


def test_what_a_document_says_cannot_change_the_request(web: Web) -> None:
    evil = Described(title='a" OR "b & c #d ?e', authors=("A&rows=99",), doi='10.5555/a"b/../?x#y')
    looked_up(web, evil)
    assert paths(web)[0] == "/crossref/works/10.5555%2Fa%22b%2F..%2F%3Fx%23y"
    assert all(set(terms_of(path)) <= KNOWN for path in web.asked)
    assert terms_of(web.asked[3])["rows"] == ["5"]


KNOWN = {"query.bibliographic", "rows", "select", "filter", "per-page"}
KNOWN |= {"query", "resultType", "format", "pageSize"}


def terms_of(path: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(path).query, strict_parsing="?" in path)


# ---- the cache


def test_what_was_asked_once_is_not_asked_again(web: Web, tmp_path: Path) -> None:
    web.answers |= {EUROPE_PMC: europe_pmc(europe_pmc_work())}
    first = looked_up(web, folder=tmp_path / "online")
    asked = len(web.asked)
    assert looked_up(web, folder=tmp_path / "online") == first
    assert len(web.asked) == asked == 2


def test_abstracts_are_not_kept(web: Web, tmp_path: Path) -> None:
    web.answers[EUROPE_PMC] = europe_pmc(europe_pmc_work())
    looked_up(web, folder=tmp_path)
    kept = [path.read_text("utf-8") for path in tmp_path.iterdir()]
    assert len(kept) == 2
    assert not any("nobody's business" in text for text in kept)


def test_failures_are_not_kept(web: Web, tmp_path: Path) -> None:
    web.answers |= {path: says("", status=500) for path in (CROSSREF, EUROPE_PMC, OPENALEX)}
    looked_up(web, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    web.answers[CROSSREF] = crossref(crossref_work())
    assert looked_up(web, folder=tmp_path).record


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"date": 5}', '{"date": "2001-01-01T00:00:00+00:00"}', "5", "[" * 100_000],
)
def test_a_damaged_or_old_file_is_asked_for_again(web: Web, tmp_path: Path, content: str) -> None:
    web.answers[CROSSREF] = crossref(crossref_work())
    first = looked_up(web, folder=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text(content)
    assert looked_up(web, folder=tmp_path) == first
    assert len(web.asked) == 2
    assert looked_up(web, folder=tmp_path) == first
    assert len(web.asked) == 2


def test_what_was_kept_is_asked_for_again_after_a_month(web: Web, tmp_path: Path) -> None:
    web.answers[CROSSREF] = crossref(crossref_work())
    looked_up(web, folder=tmp_path)
    (file,) = tmp_path.iterdir()
    text = file.read_text("utf-8")
    start = text.index('"date": "') + len('"date": "')
    file.write_text(text[:start] + "2020" + text[start + 4 :], "utf-8")
    looked_up(web, folder=tmp_path)
    assert len(web.asked) == 2


def test_a_folder_that_cannot_be_written_changes_nothing(web: Web, tmp_path: Path) -> None:
    web.answers[CROSSREF] = crossref(crossref_work())
    (tmp_path / "file").write_text("")
    assert looked_up(web, folder=tmp_path / "file").record


def test_a_redirect_of_a_service_is_checked_too(web: Web) -> None:
    def inward(request: BaseHTTPRequestHandler) -> None:
        says("", status=302, Location="http://169.254.169.254/works")(request)

    web.answers[CROSSREF] = inward
    assert "169.254.169.254, which is not on the public internet" in looked_up(web).notes[0]
