"""A file that people wrote is as it was or as it was to be, and what it was is kept once."""

from pathlib import Path

import pytest

from kb.errors import StorageError
from kb.handwritten import PART, backup, replace, sweep, write


def test_what_was_there_is_kept_in_one_backup(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    replace(path, b"", b"one")
    assert not backup(path).exists()
    replace(path, b"one", b"two")
    replace(path, b"two", b"three")
    assert (path.read_bytes(), backup(path).read_bytes()) == (b"three", b"two")
    replace(path, b"three", b"four", keep=False)
    assert (path.read_bytes(), backup(path).read_bytes()) == (b"four", b"two")
    assert len(list(tmp_path.iterdir())) == 2


def test_what_another_program_wrote_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    path.write_bytes(b"theirs")
    with pytest.raises(StorageError, match="was changed by another program meanwhile"):
        replace(path, b"as I read it", b"mine")
    assert path.read_bytes() == b"theirs"


def test_a_link_stays_one_and_its_backup_is_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    path, target = tmp_path / "references.bib", tmp_path / "shared" / "all.bib"
    target.write_bytes(b"one")
    path.symlink_to(target)
    replace(path, b"one", b"two")
    assert path.is_symlink()
    assert (target.read_bytes(), backup(path)) == (b"two", target.with_name("all.bib.bak"))


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(tmp_path / "folder", b"one", tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_what_was_left_half_written_is_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    left = ["references.bib-1", "annotations.jsonl.bak-2", "corpus"]
    for name in (f"{PART}{left[0]}", f"{PART}{left[1]}", f"corpus/{PART}a.pdf"):
        (tmp_path / name).write_text("half")
    kept = {".mine", "corpus/.mine", "references.bib", f"{PART}report.docx-3"}
    for name in kept:
        (tmp_path / name).write_text("kept")
    sweep(tmp_path)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == kept
