"""kb add, as a person runs it: one document, then the question again."""

import json
import socket
from pathlib import Path

import pytest

from tests.conftest import REFERENCES, Kb, without_override
from tests.curating.papers import SETTINGS, page, pdf, text

TITLE = "Reminders in general practice"


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Path:
    (home / "kb.toml").write_text(SETTINGS)
    folder = tmp_path / "desk"
    folder.mkdir()
    return folder


def test_add_a_pdf_and_ask_again(home: Path, desk: Path, kb: Kb) -> None:
    question = "what does a text message cost?"
    assert "four pence, and nobody complained" not in kb("ask", question, cwd=home).stdout
    pdf(desk / "paper.pdf", TITLE, "Ann Smith; Bob Jones")
    done = kb("add", "paper.pdf", "--home", str(home), cwd=desk)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "added: paper.pdf as smith2020reminders (1 page, 2 passages); its entry was there: the "
        "title agrees, an author agrees, the year agrees\n"
    )
    again = kb("ask", question, cwd=home).stdout
    assert "nobody complained" in " ".join(again.split())


def test_add_prints_json(home: Path, desk: Path, kb: Kb) -> None:
    page(desk / "a.html", "Letters that work", "Olga Berg", "2021")
    (desk / "b.png").write_bytes(b"\x89PNG")
    done = kb("add", ".", "--json", "--home", str(home), cwd=desk)
    assert done.returncode == 1
    first, second = json.loads(done.stdout)["outcomes"]
    assert (first["path"], first["citekey"], first["status"]) == (
        "a.html",
        "berg2021letters",
        "added",
    )
    assert first["passages"] > 0
    assert first["pages"] == 0
    assert set(second) == {"path", "citekey", "status", "passages", "pages", "reason"}
    assert (second["status"], second["path"]) == ("failed", "b.png")
    assert "no reader for .png" in second["reason"]
    assert "1 of 2 could not be added" in done.stderr


def test_the_same_again_says_so(home: Path, desk: Path, kb: Kb) -> None:
    text(desk / "notes.txt")
    kb("add", "notes.txt", "--home", str(home), cwd=desk)
    done = kb("add", "notes.txt", "--home", str(home), cwd=desk)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "unchanged: notes.txt as anonndnotes (1 passage); the same file as corpus/anonndnotes.txt\n"
    )


def test_problems_go_to_stderr_and_the_others_go_in(home: Path, desk: Path, kb: Kb) -> None:
    text(desk / "notes.txt")
    done = kb("add", "gone.pdf", "notes.txt", "--home", str(home), cwd=desk)
    assert done.returncode == 1
    assert "not added: gone.pdf: there is no such file; check the name" in done.stderr
    assert done.stdout.startswith("added: notes.txt as anonndnotes (1 passage); its entry was made")


def test_a_folder_without_permission_is_one_line(home: Path, desk: Path, kb: Kb) -> None:
    (desk / "closed").mkdir(mode=0)
    text(desk / "x.txt")
    done = kb("add", ".", "--home", str(home), cwd=desk, preexec_fn=without_override)
    assert done.returncode == 1
    assert "not added: closed: the folder cannot be read (Permission denied)" in done.stderr
    assert done.stdout.startswith("added: x.txt")


def test_nothing_to_add_is_one_line(home: Path, kb: Kb) -> None:
    done = kb("add", cwd=home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("kb: nothing to add; name a file")


def test_no_address_is_asked_unless_that_is_allowed(home: Path, desk: Path, kb: Kb) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.pdf"
        done = kb("add", address, cwd=home)
        assert f"{address}: a web address; to fetch it, allow that with --online" in done.stderr
        done = kb("add", address, "--online", cwd=home)
        assert "not asked:" in done.stderr
        with pytest.raises(TimeoutError):
            server.accept()
    assert (home / "references.bib").read_text() == REFERENCES


def test_a_read_only_knowledge_base_is_one_line(home: Path, desk: Path, kb: Kb) -> None:
    (home / ".kb").write_text("in the way")
    done = kb("add", str(text(desk / "x.txt")), cwd=home)
    assert done.returncode == 1
    assert done.stderr.startswith("kb: ")
    assert len(done.stderr.splitlines()) == 1
