"""A document from the web, saved as what it is."""

from datetime import datetime
from pathlib import Path

import pytest

from kb.errors import StorageError
from kb.online import OnlineError
from kb.online.saving import fetch, slug
from tests.online.conftest import Web, redirects, says

PDF = b"%PDF-1.7\n1 0 obj\n"
PAGE = b"<!doctype html><html><body><p>Reminders</p></body></html>"


def refusal(web: Web, folder: Path) -> str:
    with pytest.raises(OnlineError) as error:
        fetch(web.session(), web.url("/a"), folder)
    assert list(folder.iterdir()) == []
    return str(error.value)


@pytest.mark.parametrize("content_type", ["application/pdf", "application/octet-stream", None])
def test_a_pdf_is_saved_under_the_end_of_its_address(
    web: Web, tmp_path: Path, content_type: str | None
) -> None:
    web.answers |= {"/doi": redirects("/papers/My%20Paper.pdf?download=1")}
    web.answers["/papers/My%20Paper.pdf"] = says(PDF, content_type)
    saved = fetch(web.session(), web.url("/doi"), tmp_path)
    assert saved.path == tmp_path / "My-Paper.pdf"
    assert saved.path.read_bytes() == PDF
    assert saved.address == web.url("/papers/My%20Paper.pdf?download=1")
    assert datetime.fromisoformat(saved.date).utcoffset() is not None


def test_a_page_is_saved_with_what_is_said_of_its_letters(web: Web, tmp_path: Path) -> None:
    web.answers["/"] = says(PAGE, "text/html; charset=ISO-8859-1")
    saved = fetch(web.session(), web.url("/"), tmp_path)
    assert (saved.path.name, saved.content_type) == ("document.html", "text/html")
    assert saved.charset == "iso-8859-1"


def test_a_name_may_be_given(web: Web, tmp_path: Path) -> None:
    web.answers["/a"] = says(PDF, "application/pdf")
    saved = fetch(web.session(), web.url("/a"), tmp_path, name="smith2020reminders")
    assert saved.path.name == "smith2020reminders.pdf"


def test_nothing_is_written_over_and_nothing_twice(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"mine")
    web.answers["/a"] = says(PDF, "application/pdf")
    for _ in range(2):
        assert fetch(web.session(), web.url("/a"), tmp_path).path.name == "a-2.pdf"
    assert (tmp_path / "a.pdf").read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_in_the_folder_is_not_followed(web: Web, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").symlink_to(tmp_path / "outside.pdf")
    web.answers["/a"] = says(PDF, "application/pdf")
    assert fetch(web.session(), web.url("/a"), tmp_path / "in").path.name == "a-2.pdf"
    assert not (tmp_path / "outside.pdf").exists()


def test_a_page_in_place_of_the_pdf_is_told_as_such(web: Web, tmp_path: Path) -> None:
    web.answers["/a"] = says(PAGE, "application/pdf")
    assert "a web page in place of the document (to log in" in refusal(web, tmp_path)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"MZ\x90\0", "application/pdf"),
        (PDF, "text/html"),
        (b"", "application/pdf"),
        (b"plain words", "text/html"),
        (b"PK\x03\x04<html>\0", "application/octet-stream"),
    ],
)
def test_what_is_not_what_it_is_called_is_not_saved(
    web: Web, tmp_path: Path, body: bytes, content_type: str
) -> None:
    web.answers["/a"] = says(body, content_type)
    assert f"is called {content_type} and is not that" in refusal(web, tmp_path)


def test_other_kinds_of_file_are_not_saved(web: Web, tmp_path: Path) -> None:
    web.answers["/a"] = says(b"PK\x03\x04", "application/zip")
    assert "sends 'application/zip'" in refusal(web, tmp_path)


def test_a_folder_that_is_not_there_is_told_as_such(web: Web, tmp_path: Path) -> None:
    web.answers["/a"] = says(PDF, "application/pdf")
    with pytest.raises(StorageError, match="nowhere"):
        fetch(web.session(), web.url("/a"), tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("Études à Genève", "Etudes-a-Geneve"),
        ("a/b:c*d?e\x00f\u202eg", "a-b-c-d-e-fg"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("CON", "document-CON"),
        ("com1.txt", "document-com1.txt"),
        ("a....b", "a.b"),
        ("日本語", ""),
        ("x" * 300, "x" * 80),
        ("trailing. . ", "trailing"),
    ],
)
def test_a_name_is_safe_on_every_system(text: str, name: str) -> None:
    assert slug(text) == name
