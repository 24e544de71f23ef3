"""kb evaluate stance, the real command with the real model: what it prints, and how it fails."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import COSTS, LETTERS, RAISED, Kb

CLAIM = "Reminders increase uptake."
ROWS = [
    (CLAIM, RAISED, "supports"),
    (CLAIM, "Reminders lowered attendance in every clinic that sent them.", "challenges"),
    (CLAIM, COSTS, "neutral"),
    ("Letters change attendance.", LETTERS, "refutes"),
    ("Letters change attendance.", "The clinic opened in May.", "neutral"),
]
KEYS = {"n", "macro_f1", "accuracy", "labels", "ece", "coverage", "precision_at_threshold"}


def written(path: Path, rows: Sequence[tuple[str, str, str]]) -> Path:
    keys = ("claim", "evidence", "label")
    lines = [json.dumps(dict(zip(keys, row, strict=True))) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return written(tmp_path / "rows.jsonl", ROWS)


def refused(kb: Kb, *words: str, cwd: Path) -> str:
    done = kb("evaluate", "stance", *words, cwd=cwd)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("kb: ")
    return line


def test_json_outside_any_knowledge_base(rows: Path, kb: Kb, tmp_path: Path) -> None:
    done = kb("evaluate", "stance", str(rows), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert set(report) >= KEYS
    assert (report["n"], report["ways"]) == (5, 3)
    assert {name: about["n"] for name, about in report["labels"].items()} == {
        "supports": 1,
        "challenges": 2,
        "neutral": 2,
    }
    for key in ("macro_f1", "accuracy", "precision_at_threshold"):
        low, high = report[f"{key}_interval"]
        assert 0 <= low <= report[key] <= high <= 1
    assert 0 <= report["ece"] <= 1
    assert 0 <= report["coverage"] <= 1
    assert sum(sum(row.values()) for row in report["confusion"].values()) == 5
    assert not list((tmp_path / "elsewhere").iterdir()), "nothing is written"


def test_inside_a_knowledge_base_it_is_the_same_and_needs_no_index(
    rows: Path, home: Path, kb: Kb
) -> None:
    words = ("evaluate", "stance", str(rows), "--json")
    outside, inside, named = kb(*words), kb(*words, cwd=home), kb(*words, "--home", str(home))
    assert inside.returncode == 0, inside.stderr
    assert inside.stdout == outside.stdout == named.stdout
    assert not (home / ".kb").exists()


def test_the_settings_of_the_knowledge_base_count(rows: Path, home: Path, kb: Kb) -> None:
    (home / "kb.toml").write_text("[judging]\nthreshold = 0.34\n")
    easy = json.loads(kb("evaluate", "stance", str(rows), "--json", cwd=home).stdout)
    (home / "kb.toml").write_text("[judging]\nthreshold = 1.0\n")
    strict = json.loads(kb("evaluate", "stance", str(rows), "--json", cwd=home).stdout)
    assert (easy["threshold"], strict["threshold"]) == (0.34, 1.0)
    assert strict["shown"] == strict["coverage"] == 0
    assert easy["shown"] >= strict["shown"]
    assert easy["macro_f1"] == strict["macro_f1"], "what is shown changes no label"


def test_without_neutral_rows_it_is_two_way(kb: Kb, tmp_path: Path) -> None:
    sided = [row for row in ROWS if row[2] != "neutral"]
    path = written(tmp_path / "sided.jsonl", sided)
    report = json.loads(kb("evaluate", "stance", str(path), "--json").stdout)
    assert report["ways"] == 2
    assert set(report["labels"]) == set(report["confusion"]) == {"supports", "challenges"}


def test_errors_are_shown_with_their_row(kb: Kb, tmp_path: Path) -> None:
    """Both labels on the same pair: one of them must be wrong."""
    pair = (CLAIM, RAISED)
    path = written(tmp_path / "both.jsonl", [(*pair, "supports"), (*pair, "challenges")])
    report = json.loads(kb("evaluate", "stance", str(path), "--json").stdout)
    (worst,) = report["worst"]
    assert (worst["claim"], worst["evidence"]) == pair
    assert worst["found"] != worst["label"]
    said = kb("evaluate", "stance", str(path)).stdout
    assert "Surest errors" in said
    assert f"{worst['label']}, found {worst['found']}" in said


def test_text_for_people(rows: Path, kb: Kb) -> None:
    done = kb("evaluate", "stance", str(rows))
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(kb("evaluate", "stance", str(rows), "--json").stdout)
    assert done.stdout.startswith("5 rows, 3-way, judged by onnx:")
    low, high = report["macro_f1_interval"]
    assert f"macro-F1   {report['macro_f1']:.3f} ({low:.3f}-{high:.3f})" in done.stdout
    for word in ("accuracy", "calibration error", "precision", "Rows: label; columns: found"):
        assert word in done.stdout
    assert "\x1b" not in done.stdout


def test_a_broken_line_is_named(kb: Kb, rows: Path) -> None:
    with rows.open("a") as file:
        file.write('{"claim": "a", "evidence": "b", "label": "perhaps"}\n')
    assert f"{rows}, line 6: not a labelled pair" in refused(kb, str(rows), cwd=rows.parent)


def test_files_that_are_none(kb: Kb, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    assert "holds no rows" in refused(kb, "empty.jsonl", cwd=tmp_path)
    assert "cannot be read" in refused(kb, "nowhere.jsonl", cwd=tmp_path)
    assert "cannot be read" in refused(kb, str(tmp_path), cwd=tmp_path)
    assert "Missing argument" in refused(kb, cwd=tmp_path)


def test_a_knowledge_base_where_only_people_judge_has_no_model_to_measure(
    rows: Path, home: Path, kb: Kb
) -> None:
    (home / "kb.toml").write_text('[judging]\njudge = "none"\n')
    assert "there is no model to evaluate" in refused(kb, str(rows), cwd=home)


def test_a_home_that_is_none_is_refused(rows: Path, kb: Kb, tmp_path: Path) -> None:
    said = refused(kb, str(rows), "--home", "/nowhere", cwd=tmp_path)
    assert "/nowhere is not a knowledge base" in said
