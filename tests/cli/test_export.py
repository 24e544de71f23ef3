"""kb export, the real command: what it writes where, what it refuses, and how it fails."""

import json
from pathlib import Path

import pytest

from tests.conftest import LETTERS, RAISED, Kb, verdict

PEOPLE_ALONE = '[judging]\njudge = "none"\n'


@pytest.fixture
def judged(home: Path, kb: Kb) -> Path:
    """Two readers on one passage of each of two sources, built."""
    (home / "kb.toml").write_text(PEOPLE_ALONE)
    rows = [
        verdict(citekey, text, "U1", stance, by)
        for by in ("ann", "bob")
        for citekey, text, stance in (
            ("smith2020reminders", RAISED, "supports"),
            ("health2019letters", LETTERS, "challenges"),
        )
    ]
    (home / "annotations.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    kb("build", cwd=home)
    return home


def refused(kb: Kb, home: Path, *words: str) -> str:
    done = kb("export", *words, cwd=home)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("kb: ")
    return line


def test_markdown_on_standard_output(judged: Path, kb: Kb) -> None:
    done = kb("export", cwd=judged)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "# Annotated bibliography: Do reminders help?"
    assert "### U1: Reminders increase uptake." in lines
    assert "#### Supporting (1 source)" in lines
    assert f"> “{LETTERS}”" in lines
    assert f"- {RAISED}" in lines
    cited = "(2020) ‘Reminders in general practice’, *Journal of Small Trials*."
    assert f"Smith, A. and Jones, B. {cited}" in lines


def test_the_ending_says_the_format(judged: Path, kb: Kb, tmp_path: Path) -> None:
    for ending, begins in ((".docx", b"PK"), (".html", b"<!doctype html>"), (".ris", b"TY  - ")):
        path = tmp_path / f"out{ending}"
        done = kb("export", "--criterion", "uptake", "-o", str(path), cwd=judged)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert done.stderr == f"{path}: 2 sources in 2 entries\n"
        assert path.read_bytes().startswith(begins)
    assert not list(tmp_path.glob(".out*"))


def test_as_outdoes_the_ending_and_a_style_is_used(judged: Path, kb: Kb, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    kb("export", "--as", "csl-json", "-o", str(path), cwd=judged)
    assert {item["type"] for item in json.loads(path.read_text("utf-8"))} == {
        "article-journal",
        "report",
    }
    said = kb("export", "--style", "apa", "--stance", "supporting", cwd=judged).stdout
    assert "Smith, A., & Jones, B. (2020). Reminders in general practice." in said
    assert "Challenging" not in said
    assert "**Only:** sources that are supporting" in said


def test_what_cannot_be_done_is_one_line(judged: Path, kb: Kb) -> None:
    assert "belongs to the knowledge base" in refused(kb, judged, "-o", "references.bib")
    assert "'.odt' is no format of an export" in refused(kb, judged, "-o", "x.odt")
    assert "no citation style 'x'; there are: harvard" in refused(kb, judged, "--style", "x")
    assert "no circumstance 'X1'; there are: U1, C1" in refused(kb, judged, "--circumstance", "X1")


def test_without_a_converter_a_pdf_is_refused_before_anything_is_done(
    judged: Path, kb: Kb, tmp_path: Path
) -> None:
    path = tmp_path / "x.pdf"
    done = kb("export", "-o", str(path), cwd=judged, env={"PATH": ""})
    assert done.returncode == 1
    assert done.stderr.startswith("kb: a PDF is made by LibreOffice, which is not installed here")
    assert not path.exists()


def test_files_that_changed_since_the_build_are_named(judged: Path, kb: Kb) -> None:
    (judged / "corpus" / "more.txt").write_text("Something else.")
    done = kb("export", cwd=judged)
    assert "not yet in the index: corpus/more.txt" in done.stderr
    assert "- corpus/more.txt: changed since the index was made; kb build" in done.stdout
