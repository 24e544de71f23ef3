"""kb import, as a person runs it."""

import json
from pathlib import Path

import pytest

from tests.conftest import Kb
from tests.curating.papers import SETTINGS, pdf

LIBRARY = """\
@article{bergLetters2021,
  author = {Berg, Olga},
  title = {Letters that work},
  year = {2021},
  file = {Full Text:Berg.pdf:application/pdf},
}
@article{smith_reminders,
  author = {Smith, Ann and Jones, Bob},
  title = {Reminders in general practice},
  year = {2020},
}
"""


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Path:
    (home / "kb.toml").write_text(SETTINGS)
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "library.bib").write_text(LIBRARY)
    return folder


def test_import_says_what_went_in(home: Path, desk: Path, kb: Kb) -> None:
    pdf(desk / "Berg.pdf")
    done = kb("import", "library.bib", "--home", str(home), cwd=desk)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "added: bergLetters2021",
        "known: smith2020reminders",
        f"added: {desk / 'Berg.pdf'} as bergLetters2021 (1 page, 1 passage)",
    ]
    assert done.stderr.splitlines()[-1] == "References: 1 added, 1 known; files added: 1."


def test_import_prints_json(home: Path, desk: Path, kb: Kb) -> None:
    with (desk / "library.bib").open("a") as bib:
        bib.write("@misc{broken title = {x}}\n")
    done = kb("import", "library.bib", "--json", "--home", str(home), cwd=desk)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["entries"][0] == {"citekey": "bergLetters2021", "status": "added", "reason": ""}
    assert found["entries"][1]["status"] == "known"
    assert found["entries"][2]["status"] == "failed"
    assert "library.bib:12" in found["entries"][2]["reason"]
    (gone,) = found["outcomes"]
    assert (gone["path"], gone["citekey"], gone["status"]) == (
        "Berg.pdf",
        "bergLetters2021",
        "failed",
    )
    assert "the attachment was not found" in gone["reason"]
    assert "2 of 4 could not be imported" in done.stderr


def test_a_file_that_is_not_there_is_one_line(home: Path, kb: Kb) -> None:
    done = kb("import", "gone.bib", cwd=home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("kb: gone.bib: cannot be read")
