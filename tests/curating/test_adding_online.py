"""With permission to go online: fetched under its rules, and believed only where it agrees."""

import io
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from kb.curating import adding
from kb.curating.adding import Wish
from kb.curating.drafting import Web
from kb.knowledge_base import open_
from kb.online.crossref import CROSSREF as CROSSREF_SERVICE
from kb.online.europe_pmc import EUROPE_PMC as EUROPE_PMC_SERVICE
from kb.reading import bibliography
from kb.records import FileOutcome
from tests.curating.papers import SETTINGS, WORDS, page, text
from tests.online.conftest import ASKED, says, web  # noqa: F401, a fixture
from tests.online.conftest import Web as Server
from tests.online.shapes_of import (
    CROSSREF,
    EUROPE_PMC,
    crossref,
    crossref_work,
    europe_pmc,
    europe_pmc_work,
    place,
)


@pytest.fixture
def server(web: Server, home: Path) -> Server:  # noqa: F811
    (home / "kb.toml").write_text(SETTINGS)
    return web


def add(home: Path, server: Server, *given: Path | str, **wish: str) -> FileOutcome:
    asked = Web(
        server.session(),
        home / ".kb/online",
        (server.service(CROSSREF_SERVICE),),
        (server.service(EUROPE_PMC_SERVICE),),
    )
    (done,) = adding.add(open_(home), [str(one) for one in given], Wish(**wish), web=asked)
    return done


def a_pdf() -> bytes:
    content = io.BytesIO()
    canvas = Canvas(content, invariant=True)
    for row, line in enumerate(WORDS):
        canvas.drawString(60, 700 - 30 * row, line)
    canvas.save()
    return content.getvalue()


def test_a_page_is_fetched_once(home: Path, server: Server, tmp_path: Path) -> None:
    saved = page(tmp_path / "p.html", "Letters that work", "Olga Berg", "2021")
    server.answers["/letters"] = says(saved.read_bytes(), "text/html")
    done = add(home, server, server.url("/letters"))
    assert (done.status, done.citekey) == ("added", "berg2021letters")
    assert (done.path, done.passages > 0) == (server.url("/letters"), True)
    source = bibliography.load(home / "references.bib")["berg2021letters"]
    assert source.url == server.url("/letters")
    asked = len(server.asked)
    again = add(home, server, server.url("/letters"))
    assert (again.status, again.reason) == ("unchanged", "it is corpus/berg2021letters.html")
    assert len(server.asked) == asked


def test_a_page_fetched_anew_takes_the_place_of_the_old(
    home: Path, server: Server, tmp_path: Path
) -> None:
    saved = page(tmp_path / "p.html", "Letters that work", "Olga Berg", "2021")
    server.answers["/letters"] = says(saved.read_bytes(), "text/html")
    add(home, server, server.url("/letters"))
    newer = saved.read_bytes().replace(b"four pence", b"five pence")
    server.answers["/letters"] = says(newer, "text/html")
    done = add(home, server, server.url("/letters"), key="berg2021letters")
    assert done.status == "updated"
    assert (home / "corpus/berg2021letters.html").read_bytes() == newer


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://10.0.0.1/x.pdf", "not on the public internet"),
        ("ftp://example.org/x.pdf", "only addresses that begin with http"),
        ("http://user:pass@example.org/", "not asked with a user name"),
    ],
)
def test_an_address_that_may_not_be_asked(
    home: Path, server: Server, address: str, why: str
) -> None:
    done = add(home, server, address)
    assert done.status == "failed"
    assert why in done.reason
    assert "pass" not in done.reason.removeprefix(done.path)


def test_a_reference_that_agrees_is_taken(home: Path, server: Server, tmp_path: Path) -> None:
    server.answers[CROSSREF] = crossref(crossref_work())
    path = page(tmp_path / "p.html", ASKED.title, "Ann Smith", "2020", ASKED.doi)
    done = add(home, server, path)
    source = bibliography.load(home / "references.bib")[done.citekey]
    assert "its entry is what Crossref says" in done.reason
    assert done.citekey == "smith2020remindersa"
    assert source.check.startswith("perhaps it is 'smith2020reminders'")
    assert source.authors == ("Smith", "Reminders Trial Group")
    assert "journal = {Journal of Small Trials" in (home / "references.bib").read_text()


def test_a_reference_that_does_not_agree_is_not_taken(
    home: Path, server: Server, tmp_path: Path
) -> None:
    server.answers[CROSSREF] = crossref(crossref_work(title=["The price of bread"], subtitle=[]))
    path = page(tmp_path / "p.html", "Letters that work", "Olga Berg", "2021", ASKED.doi)
    done = add(home, server, path)
    assert done.citekey == "berg2021letters"
    assert "found something else: “The price of bread”" in done.reason
    assert bibliography.load(home / "references.bib")["berg2021letters"].check


def test_a_doi_that_a_person_gives_for_a_file_that_says_nothing(
    home: Path, server: Server, tmp_path: Path
) -> None:
    server.answers[CROSSREF] = crossref(crossref_work())
    done = add(home, server, text(tmp_path / "x.txt"), doi=ASKED.doi)
    source = bibliography.load(home / "references.bib")[done.citekey]
    assert source.title == ASKED.title
    assert "the file says nothing to compare it with" in source.check


def test_an_open_access_text_of_an_entry(home: Path, server: Server) -> None:
    with (home / "references.bib").open("a") as bib:
        bib.write(
            f"@article{{berg2020, author = {{Smith, Ann}}, title = {{{ASKED.title}}},"
            f" year = {{2020}}, doi = {{{ASKED.doi}}}}}\n"
        )
    address = server.url("/free.pdf")
    work = europe_pmc_work(fullTextUrlList={"fullTextUrl": [place("OA", "pdf", address)]})
    server.answers[EUROPE_PMC] = europe_pmc(work)
    server.answers["/free.pdf"] = says(a_pdf(), "application/pdf")
    done = add(home, server, key="berg2020")
    assert (done.status, done.citekey, done.path) == ("added", "berg2020", address)
    assert "from Europe PMC, cc-by" in done.reason
    assert (home / "corpus/berg2020.pdf").read_bytes() == a_pdf()


def test_an_entry_whose_text_is_not_free(home: Path, server: Server) -> None:
    done = add(home, server, key="smith2020reminders")
    assert done.status == "failed"
    assert "no text of it was found that is free to read" in done.reason
