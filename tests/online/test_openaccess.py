"""Where a full text may be read for free, and nowhere else."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from kb.online import Location
from kb.online.lookup import find as look_up
from kb.online.openaccess import SERVICES, FullTexts, find
from kb.records import Described
from tests.online.conftest import ASKED, Handler, Web, says
from tests.online.shapes_of import (
    ARXIV,
    EUROPE_PMC,
    OPENALEX,
    arxiv,
    arxiv_entry,
    europe_pmc,
    europe_pmc_work,
    openalex_work,
)

PREPRINT = replace(ASKED, doi="10.48550/arXiv.2001.99999")


def found(web: Web, asked: Described = ASKED, folder: Path | None = None) -> FullTexts:
    return find(web.session(), asked, folder, [web.service(service) for service in SERVICES])


def test_europe_pmc_knows_a_pdf_a_page_and_xml_with_a_licence(web: Web) -> None:
    web.answers[EUROPE_PMC] = europe_pmc(europe_pmc_work())
    page = "https://europepmc.org/articles/PMC9999999"
    xml = "https://www.ebi.ac.uk/europepmc/webservices/rest/PMC9999999/fullTextXML"
    assert found(web) == FullTexts(
        (
            Location(f"{page}?pdf=render", "pdf", "Europe PMC", "cc-by"),
            Location(page, "html", "Europe PMC", "cc-by"),
            Location(xml, "xml", "Europe PMC", "cc-by"),
        )
    )
    assert len(web.asked) == 1


def test_what_only_subscribers_may_read_is_no_place(web: Web) -> None:
    closed = europe_pmc_work(isOpenAccess="N")
    closed["fullTextUrlList"]["fullTextUrl"] = closed["fullTextUrlList"]["fullTextUrl"][:1]
    web.answers |= {
        EUROPE_PMC: europe_pmc(closed),
        OPENALEX: says(openalex_work(best_oa_location=None)),
        ARXIV: arxiv(),
    }
    assert found(web).locations == ()


def test_openalex_knows_repositories(web: Web) -> None:
    place = "https://repository.example/99"
    web.answers |= {EUROPE_PMC: europe_pmc(), OPENALEX: says(openalex_work())}
    assert found(web).locations == (
        Location(f"{place}.pdf", "pdf", "OpenAlex", "cc-by", "acceptedVersion"),
        Location(place, "html", "OpenAlex", "cc-by", "acceptedVersion"),
    )


@pytest.mark.parametrize("is_oa", [False, None, "yes", 1])
def test_a_place_that_openalex_does_not_call_open_is_none(web: Web, is_oa: object) -> None:
    place = openalex_work()["best_oa_location"] | {"is_oa": is_oa}
    web.answers |= {EUROPE_PMC: europe_pmc(), OPENALEX: says(openalex_work(best_oa_location=place))}
    assert found(web).locations == ()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:x", "https://a b/", 5, None])
def test_a_place_must_be_a_web_address(web: Web, address: object) -> None:
    place = {"is_oa": True, "pdf_url": address, "landing_page_url": address}
    web.answers |= {EUROPE_PMC: europe_pmc(), OPENALEX: says(openalex_work(best_oa_location=place))}
    assert found(web).locations == ()


def test_arxiv_is_asked_by_its_own_doi(web: Web) -> None:
    web.answers |= {EUROPE_PMC: europe_pmc(), ARXIV: arxiv(arxiv_entry())}
    assert found(web, PREPRINT).locations == (
        Location("https://arxiv.org/pdf/2001.99999v2", "pdf", "arXiv", "", "submittedVersion"),
    )
    assert parse_qs(urlsplit(web.asked[-1]).query)["id_list"] == ["2001.99999"]


def test_arxiv_is_asked_by_title_for_what_appeared_elsewhere(web: Web) -> None:
    other = arxiv_entry("http://arxiv.org/abs/math/0001001v1", "Letters in hospitals")
    web.answers |= {EUROPE_PMC: europe_pmc(), ARXIV: arxiv(other, arxiv_entry())}
    assert [place.service for place in found(web).locations] == ["arXiv"]
    wanted = 'ti:"reminders in general practice a randomised trial"'
    assert parse_qs(urlsplit(web.asked[-1]).query)["search_query"] == [wanted]


@pytest.mark.parametrize(
    "answer",
    [
        arxiv("<entry><id>http://arxiv.org/api/errors#bad</id><title>Error</title></entry>"),
        arxiv(arxiv_entry("http://evil.example/abs/2001.99999")),
        arxiv(arxiv_entry("http://arxiv.org/abs/../../2001.99999")),
        arxiv("<entry/>"),
        says("<html/>", "application/atom+xml"),
        says("not XML", "application/atom+xml"),
        says('<!DOCTYPE a [<!ENTITY b "c">]><feed>&b;</feed>', "application/atom+xml"),
        says("<a>" * 100_000, "application/atom+xml"),
        says('<?xml version="1.0" encoding="x"?><feed/>', "application/atom+xml"),
    ],
)
def test_an_answer_of_another_shape_gives_no_place(web: Web, answer: Handler) -> None:
    web.answers |= {EUROPE_PMC: europe_pmc(), ARXIV: answer}
    assert found(web, PREPRINT).locations == ()


def test_another_papers_full_text_is_no_place(web: Web) -> None:
    other = "Letters in hospitals"
    web.answers |= {
        EUROPE_PMC: europe_pmc(europe_pmc_work(title=other)),
        OPENALEX: says(openalex_work(title=other)),
        ARXIV: arxiv(arxiv_entry(title=other)),
    }
    assert found(web).locations == ()


def test_a_service_that_fails_is_a_note(web: Web) -> None:
    web.answers |= {EUROPE_PMC: says("", status=500), OPENALEX: says(openalex_work())}
    full_texts = found(web)
    assert len(full_texts.locations) == 2
    assert full_texts.notes[0].startswith("Europe PMC: ")


def test_what_lookup_has_asked_is_not_asked_again(web: Web, tmp_path: Path) -> None:
    web.answers[EUROPE_PMC] = europe_pmc(europe_pmc_work())
    services = [web.service(service) for service in SERVICES]
    look_up(web.session(), ASKED, tmp_path, services)
    asked = len(web.asked)
    assert len(found(web, folder=tmp_path).locations) == 3
    assert len(web.asked) == asked
