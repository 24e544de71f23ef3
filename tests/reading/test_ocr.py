"""OCR by a program that may be installed; here one that copies the file stands in its place."""

import os
import sys
import time
from pathlib import Path

import pytest

from kb.errors import ReadingError
from kb.reading.ocr import PROGRAM, ocr

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a #! line")

COPIES = "import shutil; shutil.copyfile(sys.argv[-2], sys.argv[-1])"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "- scan é 🙂.pdf"
    path.write_bytes(b"%PDF-1.4 a scan")
    return path


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    program = tmp_path / "bin" / PROGRAM
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys, time, subprocess\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def test_the_result_stands_where_it_is_wanted(
    tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "said"
    stand_in(tmp_path, monkeypatch, f"open({str(notes)!r}, 'w').write(str(sys.argv))\n{COPIES}")
    monkeypatch.chdir(tmp_path)
    ocr(Path(page.name), tmp_path / "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes() == page.read_bytes()
    assert "--skip-text" in notes.read_text()
    assert not list(tmp_path.glob("*.part"))


def test_without_the_program_one_line_says_how_to_get_it(
    tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReadingError, match=r"^OCR needs a program .*apt install ocrmypdf") as said:
        ocr(page, tmp_path / "out.pdf")
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    ("does", "what"),
    [
        ("print('one\\nno pages', file=sys.stderr); sys.exit(15)", "OCR failed: it says: no pages"),
        ("sys.exit(15)", "OCR failed: it says: exit code 15"),
        ("sys.exit(3)", "OCR failed: it lacks a program that it needs; install OCRmyPDF"),
        ("sys.exit(8)", "OCR failed: the file is encrypted"),
        ("", "OCR failed: it says: exit code 0"),
    ],
)
def test_a_failure_is_told_and_leaves_nothing(
    tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch, does: str, what: str
) -> None:
    stand_in(tmp_path, monkeypatch, does)
    (tmp_path / "results").mkdir()
    with pytest.raises(ReadingError) as said:
        ocr(page, tmp_path / "results" / "out.pdf")
    assert str(said.value).startswith(what)
    assert not list((tmp_path / "results").iterdir())


def test_what_takes_too_long_is_ended_with_all_that_it_started(
    tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "late"
    started = f"import time; time.sleep(3); open({str(note)!r}, 'w').write('still there')"
    stand_in(tmp_path, monkeypatch, f"subprocess.run([sys.executable, '-c', {started!r}])")
    begun = time.monotonic()
    with pytest.raises(ReadingError, match="took longer than 1 s"):
        ocr(page, tmp_path / "out.pdf", seconds=1)
    assert time.monotonic() - begun < 3
    time.sleep(3)
    assert not note.exists()


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, COPIES)
    with pytest.raises(ReadingError, match=r"out\.pdf: cannot be written"):
        ocr(page, tmp_path / "nowhere" / "out.pdf")
