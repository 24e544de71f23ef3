"""A passage on its page: drawn apart, with limits, and over nothing that is not a picture."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kb.curating.picturing import PNG, picture
from kb.errors import KbError, UnknownName
from kb.knowledge_base import KnowledgeBase, open_
from kb.reading import READERS
from tests.conftest import LETTERS
from tests.reading.typesetting import Setting, prose, typeset

KEY = "health2019letters"
PDF = f"corpus/{KEY}.pdf"


@pytest.fixture
def typed(home: Path) -> KnowledgeBase:
    """The small knowledge base with a PDF of several pages for its second source."""
    (home / f"corpus/{KEY}.txt").unlink()
    typeset(home / PDF, prose(4, 40), Setting(columns=2, heads=True, first_page=81))
    base = open_(home)
    list(base.build())
    return base


def last(base: KnowledgeBase) -> str:
    return base.catalog.passages_of(KEY)[-1].id


def complaint(base: KnowledgeBase, name: str, out: Path) -> str:
    with pytest.raises(KbError) as caught:
        picture(base, name, out)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def marked(path: Path) -> tuple[int, int]:
    """The size of the part of the picture that is marked in yellow."""
    with Image.open(path) as opened:
        red, _, blue = opened.convert("RGB").split()
        yellow = Image.composite(
            blue.point(lambda v: 255 if v < 150 else 0),
            Image.new("L", opened.size),
            red.point(lambda v: 255 if v > 220 else 0),
        )
    box = yellow.getbbox() or (0, 0, 0, 0)
    return box[2] - box[0], box[3] - box[1]


def test_the_page_is_drawn_and_the_passage_marked(typed: KnowledgeBase, tmp_path: Path) -> None:
    passage = typed.catalog.passages_of(KEY)[-1]
    assert picture(typed, passage.id, tmp_path / "out.png") == passage.locator.page
    width, height = marked(tmp_path / "out.png")
    assert width > 300
    assert height > 30
    assert [path.name for path in tmp_path.glob("*.png")] == ["out.png"]
    assert not list(tmp_path.glob(".kb-*")), "nothing else is left behind"


def test_a_picture_is_replaced_and_nothing_else_is(typed: KnowledgeBase, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    out.write_bytes(PNG + b"an older picture")
    picture(typed, last(typed), out)
    assert len(out.read_bytes()) > 1000
    letter = tmp_path / "letter.png"
    letter.write_text("my only copy")
    assert "something other than a PNG" in complaint(typed, last(typed), letter)
    assert letter.read_text() == "my only copy"
    assert "something other than a PNG" in complaint(typed, last(typed), typed.home / PDF)
    assert "something other than a PNG" in complaint(typed, last(typed), tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "something other than a PNG" in complaint(typed, last(typed), pipe)
    assert "no such folder" in complaint(typed, last(typed), tmp_path / "none" / "out.png")


def test_other_files_have_no_pages(base: KnowledgeBase, tmp_path: Path) -> None:
    (passage,) = base.catalog.passages_of(KEY)
    assert passage.text == LETTERS
    said = complaint(base, passage.id, tmp_path / "out.png")
    assert said.startswith(f"corpus/{KEY}.txt: not a PDF")
    assert not (tmp_path / "out.png").exists()


def test_a_source_is_not_a_passage(typed: KnowledgeBase, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=f"not one passage.* kb show {KEY}"):
        picture(typed, KEY, tmp_path / "out.png")
    with pytest.raises(UnknownName, match="no passage"):
        picture(typed, f"{KEY}#000000000000", tmp_path / "out.png")


def test_a_file_that_has_changed_since_is_not_drawn(typed: KnowledgeBase, tmp_path: Path) -> None:
    typeset(typed.home / PDF, prose(5, 40))
    assert "changed or gone since it was indexed; run: kb build" in complaint(
        typed, last(typed), tmp_path / "out.png"
    )
    (typed.home / PDF).unlink()
    assert "run: kb build" in complaint(typed, last(typed), tmp_path / "out.png")


@pytest.fixture
def hostile(home: Path, monkeypatch: pytest.MonkeyPatch) -> KnowledgeBase:
    """A knowledge base that holds a file which only another reader took for a PDF."""
    (home / f"corpus/{KEY}.txt").rename(home / PDF)
    monkeypatch.setitem(READERS, ".pdf", "kb.reading.text:read")
    base = open_(home)
    list(base.build())
    return base


def test_what_cannot_be_drawn_is_one_line_and_leaves_the_old_picture(
    hostile: KnowledgeBase, tmp_path: Path
) -> None:
    out = tmp_path / "out.png"
    out.write_bytes(PNG)
    said = complaint(hostile, last(hostile), out)
    assert said.startswith(f"{PDF}: not a PDF, whatever its name says")
    assert out.read_bytes() == PNG


def test_a_child_that_crashes_or_takes_too_long_is_one_line(
    typed: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = tmp_path / "parts" / "kb" / "curating"
    parts.mkdir(parents=True)
    for folder in (parts, parts.parent):
        (folder / "__init__.py").write_text("")
    broken = "import ctypes\ndef draw(*_):\n    ctypes.string_at(0)\n"
    (parts / "picturing.py").write_text(broken)
    monkeypatch.syspath_prepend(tmp_path / "parts")
    said = complaint(typed, last(typed), tmp_path / "out.png")
    assert "drawing its page crashed (exit code -11)" in said
    (parts / "picturing.py").write_text("def draw(*_):\n    while True:\n        pass\n")
    quick = replace(typed.settings, reading=replace(typed.settings.reading, seconds=1))
    monkeypatch.setattr(typed, "settings", quick)
    said = complaint(typed, last(typed), tmp_path / "out.png")
    assert "drawing its page took longer than 1 s" in said
    assert not (tmp_path / "out.png").exists()


def test_the_memory_of_a_child_is_limited(typed: KnowledgeBase, tmp_path: Path) -> None:
    (typed.home / "kb.toml").write_text("[reading]\nmemory_mb = 50\n")
    said = complaint(open_(typed.home), last(typed), tmp_path / "out.png")
    assert said.startswith(PDF)
    assert not (tmp_path / "out.png").exists()
