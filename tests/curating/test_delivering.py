"""Where an export may be written, and that it is there whole or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kb.curating.delivering import check_place, deliver
from kb.errors import ExportError
from tests.conftest import without_override


def test_an_earlier_export_is_overwritten_with_its_permissions_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    path.write_text("old")
    path.chmod(0o600)
    deliver(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "place",
    ["references.bib", "references.bib.bak", "criteria.yaml", "annotations.jsonl", "kb.toml",
     "corpus/x.html", ".kb/x.md", "notes/x.md", "removed/x.md", "corpus/../references.bib"],
)  # fmt: skip
def test_nothing_of_a_knowledge_base_is_written_over(home: Path, place: str) -> None:
    for folder in ("notes", "removed", ".kb"):
        (home / folder).mkdir()
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    with pytest.raises(ExportError, match=r"belongs to the knowledge base .*; choose another name"):
        deliver(home / place, b"x")
    assert {p: p.read_bytes() for p in home.rglob("*") if p.is_file()} == before


def test_other_files_beside_a_knowledge_base_may_be_written(home: Path) -> None:
    (home / "reports").mkdir()
    for place in ("scale.docx", "reports/references.bib", "corpus.md"):
        deliver(home / place, b"x")
        assert (home / place).read_bytes() == b"x"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_to_a_file_of_a_knowledge_base_is_no_way_round(home: Path) -> None:
    (home / "out.bib").symlink_to(home / "references.bib")
    before = (home / "references.bib").read_bytes()
    with pytest.raises(ExportError, match="belongs to the knowledge base"):
        deliver(home / "out.bib", b"x")
    assert (home / "references.bib").read_bytes() == before


def test_a_folder_and_a_place_that_is_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="is a folder; name a file in it"):
        check_place(tmp_path)
    with pytest.raises(ExportError, match="there is no such folder"):
        check_place(tmp_path / "no" / "x.md")


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_folder_that_cannot_be_written_is_said_and_stays_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    program = f"""
from pathlib import Path
from kb.curating.delivering import deliver
from kb.errors import StorageError
try:
    deliver(Path({str(folder / "x.md")!r}), b"x")
except StorageError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        preexec_fn=without_override,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    assert "x.md: cannot write here" in line
    assert not list(folder.iterdir())
