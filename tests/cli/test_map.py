"""kb map and kb gaps, as a user runs them."""

import json
from pathlib import Path

from tests.conftest import CHARTED, Kb, judge


def test_the_map_in_words(charted: Path, kb: Kb) -> None:
    judge(charted, ("trial2020", "U1", "supports"), ("review2015", "C1", "neutral"))
    done = kb("map", cwd=charted)
    assert done.returncode == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[lines.index("U1: Reminders increase uptake.") + 1] == "1 supporting"
    assert lines[lines.index("C1: Reminders save money.") + 1] == "only unreadable or abstract"
    said = " ".join(done.stdout.split())
    assert "A bubble counts sources on people’s word alone" in said
    assert "NOT SEARCHED, 1 file that cannot be used" in said
    assert "Of 1 source nothing could be read: kb check --all" in said


def test_the_map_as_a_file(charted: Path, kb: Kb, tmp_path: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"))
    done = kb("map", "-o", str(tmp_path / "map.html"), "--by", "design", cwd=charted)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "map.html (HTML)" in done.stderr
    page = (tmp_path / "map.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert CHARTED["trial2020"][3][0] in page
    assert "trials and experiments" in page


def test_the_map_as_json_is_what_the_file_holds(charted: Path, kb: Kb, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    done = kb("map", "-o", str(path), "--json", cwd=charted)
    assert json.loads(done.stdout) == json.loads(path.read_text("utf-8"))
    assert json.loads(done.stdout)["split_by"] is None


def test_what_changed_is_said(charted: Path, kb: Kb, tmp_path: Path) -> None:
    kb("map", "-o", str(tmp_path / "old.csv"), cwd=charted)
    judge(charted, ("trial2020", "U1", "supports"))
    said = " ".join(kb("map", "--since", str(tmp_path / "old.csv"), cwd=charted).stdout.split())
    assert "What changed since old.csv U1, supporting: 0 → 1 (+ trial2020)" in said
    filed = kb("map", "--since", "2026-01-02", "-o", str(tmp_path / "new.html"), cwd=charted)
    assert "Nothing: every bubble counts the same sources." in filed.stdout
    assert "What changed since 2026-01-02" in (tmp_path / "new.html").read_text("utf-8")


def test_what_a_user_can_get_wrong_is_one_line(charted_built: Path, kb: Kb) -> None:
    for words, message in (
        (["-o", "map.pdf"], "kb: map.pdf: a map is written as .html, "),
        (["-o", "corpus/map.html"], "corpus/ holds the documents"),
        (["--by", "rain"], "kb: no source has the keyword 'rain'"),
        (["--since", "yesterday"], "neither a date such as 2026-01-31 nor a file"),
        (["--criterion", "rain"], "kb: no criterion 'rain'"),
    ):
        done = kb("map", *words, cwd=charted_built)
        assert done.returncode == 1, words
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        assert message in line
    assert not (charted_built / "corpus" / "map.html").exists()


def test_gaps_in_words_and_as_json(charted: Path, kb: Kb) -> None:
    judge(charted, ("trial2020", "U1", "supports"))
    done = kb("gaps", cwd=charted)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.index("C1: Reminders save money. (0 sources) NOT SEARCHED: nobody") < said.index(
        "U1: Reminders increase uptake. (1 source) FEW SOURCES: only 1 independent source"
    )
    assert "→ look for more (kb add FILE)" in said
    assert "NOT SEARCHED, 1 file that cannot be used" in said
    rows = json.loads(kb("gaps", "--json", "--min", "1", cwd=charted).stdout)
    assert [(row["circumstance"], row["gap"], row["side"]) for row in rows] == [
        ("C1", "not searched", None),
        ("U1", "only one side", "challenging"),
    ]


def test_no_gaps_is_said(charted: Path, kb: Kb) -> None:
    judge(charted, ("trial2020", "U1", "supports"), ("article2020", "U1", "challenges"))
    said = kb("gaps", "--min", "1", "--criterion", "uptake", cwd=charted).stdout
    assert said.startswith("No gaps by these measures.")
