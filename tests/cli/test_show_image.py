"""kb show PASSAGE: what is around it, and its page as a picture."""

import json
from pathlib import Path

import pytest

from kb.curating.picturing import PNG
from tests.conftest import COSTS, RAISED, Kb
from tests.reading.typesetting import Setting, prose, typeset

KEY = "health2019letters"


@pytest.fixture
def typed(home: Path, kb: Kb) -> Path:
    """The small knowledge base with a PDF, its pages numbered from 81, built."""
    (home / f"corpus/{KEY}.txt").unlink()
    setting = Setting(columns=2, heads=True, first_page=81)
    typeset(home / f"corpus/{KEY}.pdf", prose(4, 40), setting)
    assert kb("build", cwd=home).returncode == 0
    return home


def on_page_two(kb: Kb, home: Path) -> list[dict[str, object]]:
    rows = json.loads(kb("show", KEY, "--json", cwd=home).stdout)
    return [row for row in rows if row["locator"]["page"] == 2]


def test_a_passage_is_shown_on_its_page(typed: Path, kb: Kb) -> None:
    before, two, three, *_ = on_page_two(kb, typed)
    said = kb("show", str(two["passage_id"]), cwd=typed).stdout
    assert "What is around it (p. 82 (PDF 2)):" in said
    _, around = said.split("What is around it")
    plain = " ".join(around.split())
    assert f"“{str(before['text'])[:60]}" in plain
    assert f"> “{str(two['text'])[:40]}" in plain
    assert f"“{str(three['text'])[:60]}" in plain
    assert "…" in plain
    assert not [line for line in said.splitlines() if len(line) > 80]


def test_a_passage_of_a_digest_is_shown_in_its_section(home: Path, kb: Kb) -> None:
    digest = home / "corpus/smith2020reminders.md"
    digest.write_text(digest.read_text().replace(COSTS, f"{COSTS}\n\nNobody counted the stamps."))
    kb("build", cwd=home)
    rows = json.loads(kb("show", "smith2020reminders", "--json", cwd=home).stdout)
    costs = next(row["passage_id"] for row in rows if row["text"] == COSTS)
    _, around = kb("show", costs, cwd=home).stdout.split("What is around it")
    assert "Nobody counted the stamps." in around
    assert "“" not in around, "a paraphrase is no quotation"
    raised = next(row["passage_id"] for row in rows if row["text"] == RAISED)
    assert "What is around it" not in kb("show", raised, cwd=home).stdout
    assert "What is around it" not in kb("show", "smith2020reminders", cwd=home).stdout


def test_the_page_is_drawn(typed: Path, kb: Kb, tmp_path: Path) -> None:
    name = str(on_page_two(kb, typed)[1]["passage_id"])
    out = tmp_path / "out.png"
    done = kb("show", name, "--image", str(out), cwd=typed)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes().startswith(PNG)
    assert f"page 2 of corpus/{KEY}.pdf" in done.stderr
    assert done.stdout == kb("show", name, cwd=typed).stdout
    first = out.read_bytes()
    assert kb("show", name, "--image", str(out), "--json", cwd=typed).returncode == 0
    assert out.read_bytes() == first, "the same picture, in the place of the first"


def test_what_cannot_be_drawn_is_one_line(typed: Path, kb: Kb, tmp_path: Path) -> None:
    def refused(name: str, out: Path) -> str:
        done = kb("show", name, "--image", str(out), cwd=typed)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        return line

    (digest, *_) = json.loads(kb("show", "smith2020reminders", "--json", cwd=typed).stdout)
    said = refused(digest["passage_id"], tmp_path / "out.png")
    assert said.startswith("kb: corpus/smith2020reminders.md: not a PDF")
    assert "not one passage" in refused(KEY, tmp_path / "out.png")
    name = str(on_page_two(kb, typed)[0]["passage_id"])
    mine = tmp_path / "thesis.docx"
    mine.write_bytes(b"PK my thesis")
    assert "something other than a PNG" in refused(name, mine)
    assert mine.read_bytes() == b"PK my thesis"
    typeset(typed / f"corpus/{KEY}.pdf", prose(5, 40))
    assert "run: kb build" in refused(name, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()
