"""kb contradictions, the real command: which pairs, how they are shown, and how it fails."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LETTERS, RAISED, Kb, verdict

PEOPLE_ALONE = '[judging]\njudge = "none"\n'
# A judge of one's own: all that was raised supports, and the rest challenges.
RISEN = """\
import numpy as np

class Risen:
    identity, threshold, calibrated = "risen@1", 0.8, False

    def __init__(self, model):
        pass

    def probabilities(self, pairs, *, thorough=True):
        sides = {True: (0.9, 0.04, 0.06), False: (0.04, 0.9, 0.06)}
        return np.array([sides["raised" in passage] for _, passage in pairs])
"""


@pytest.fixture
def opposed(home: Path) -> Path:
    """Two readers agree that one source supports U1 and that another challenges it."""
    (home / "kb.toml").write_text(PEOPLE_ALONE)
    rows = [
        verdict(citekey, text, "U1", stance, by)
        for by in ("ann", "bob")
        for citekey, text, stance in (
            ("smith2020reminders", RAISED, "supports"),
            ("health2019letters", LETTERS, "challenges"),
        )
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (home / "annotations.jsonl").write_text(lines)
    return home


@pytest.fixture
def people_alone(shipped_copy: Path) -> Path:
    """The knowledge base that ships, with people's judgements only."""
    (shipped_copy / "kb.toml").write_text(PEOPLE_ALONE)
    return shipped_copy


def pairs(kb: Kb, home: Path, *words: str, **more: Any) -> list[dict[str, Any]]:
    done = kb("contradictions", *words, "--json", cwd=home, **more)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def refused(kb: Kb, home: Path, *words: str) -> str:
    done = kb("contradictions", *words, cwd=home)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("kb: ")
    return line


def test_two_sources_stand_side_by_side(opposed: Path, kb: Kb) -> None:
    kb("build", cwd=opposed)
    done = kb("contradictions", cwd=opposed)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "U1 Reminders increase uptake."
    (heads,) = [line for line in lines if line.startswith("SUPPORTS")]
    assert heads.split("   ", 1)[0] == "SUPPORTS [two readers]"
    assert heads.endswith("CHALLENGES [two readers]")
    for word in (
        "Smith and Jones (2020)",
        "Department of Health (2019)",
        "Year: 2020",
        "Year: 2019",
        "Design: randomised trial",
        "Design: not known",
        "Setting: not known",
        "paraphrase in a digest",
        "“Letters alone",
    ):
        assert word in done.stdout
    assert "“In a trial" not in done.stdout, "a paraphrase is never shown as a quotation"
    assert "need not contradict each other" in done.stdout


def test_both_columns_are_straight(opposed: Path, kb: Kb) -> None:
    lines = kb("contradictions", cwd=opposed).stdout.splitlines()
    (heads,) = [line for line in lines if line.startswith("SUPPORTS")]
    right = heads.index("CHALLENGES")
    beside = lines[2 : lines.index("", 2)]
    assert len(beside) > 8
    assert all(line[right - 3 : right].strip() == "" for line in beside)
    column = [line[right:] for line in beside if line[right:]]
    assert column[:2] == ["CHALLENGES [two readers]", "Department of Health (2019)"]
    assert column[2].startswith("“Letters alone")
    assert not [line for line in column if line.startswith(" ")]


def test_lines_fit_80_columns_and_a_pipe_gets_no_colour(people_alone: Path, kb: Kb) -> None:
    for words in (("--claim", "S1"), ("--claim", "Biscuits prevent every kind of evidence.")):
        said = kb("contradictions", *words, cwd=people_alone).stdout
        assert said
        assert "\x1b" not in said
        assert not [line for line in said.splitlines() if len(line) > 80]


def test_json_holds_both_items_whole(opposed: Path, kb: Kb) -> None:
    (pair,) = pairs(kb, opposed)
    assert set(pair) == {"claim", "supporting", "challenging", "nearness"}
    assert pair["claim"] == {"id": "U1", "text": "Reminders increase uptake."}
    assert -1 <= pair["nearness"] <= 1
    for side, text, year, stance in (
        ("supporting", RAISED, "2020", "supports"),
        ("challenging", LETTERS, "2019", "challenges"),
    ):
        item = pair[side]
        assert (item["text"], item["year"], item["stance"]) == (text, year, stance)
        assert (item["judge"], item["settled"], item["opinions"]) == ("two readers", True, [])
        assert {"passage_id", "citekey", "citation", "kind", "locator", "study"} <= set(item)


def test_the_same_question_gives_the_same_bytes(opposed: Path, kb: Kb) -> None:
    once, again = (kb("contradictions", cwd=opposed).stdout for _ in range(2))
    assert once == again


def test_a_criterion_or_a_circumstance_narrows_it(opposed: Path, kb: Kb) -> None:
    (pair,) = pairs(kb, opposed)
    assert pairs(kb, opposed, "--criterion", "uptake") == [pair]
    assert pairs(kb, opposed, "--claim", "u1") == [pair], "an id in any case"
    assert pairs(kb, opposed, "--criterion", "cost") == []
    assert pairs(kb, opposed, "--claim", "C1") == []


def test_nothing_found_is_said(opposed: Path, kb: Kb) -> None:
    done = kb("contradictions", "--criterion", "cost", cwd=opposed)
    assert done.returncode == 0
    assert " ".join(done.stdout.split()) == (
        "No two sources stand on opposite sides, as far as people or the model have judged."
    )


def test_a_statement_is_judged_by_the_model_and_its_word_is_marked(
    opposed: Path, kb: Kb, tmp_path: Path
) -> None:
    (tmp_path / "risen.py").write_text(RISEN)
    mine = {"PYTHONPATH": str(tmp_path)}
    (opposed / "kb.toml").write_text('[judging]\njudge = "risen:Risen"\n')
    words = ("--claim", "Reminders and letters change attendance.")
    (pair,) = pairs(kb, opposed, *words, env=mine)
    assert pair["claim"] == {"id": None, "text": words[1]}
    assert (pair["supporting"]["text"], pair["challenging"]["text"]) == (RAISED, LETTERS)
    for side in ("supporting", "challenging"):
        assert (pair[side]["judge"], pair[side]["probability"]) == ("model", 0.9)
        assert pair[side]["verdicts"] == []
    said = kb("contradictions", *words, cwd=opposed, env=mine).stdout
    assert said.startswith(words[1])
    assert "SUPPORTS [model, 90%]" in said
    assert "CHALLENGES [model, 90%]" in said


def test_the_index_is_made_when_there_is_none_and_files_that_changed_are_named(
    opposed: Path, kb: Kb
) -> None:
    assert "There is no index yet" in kb("contradictions", cwd=opposed).stderr
    (opposed / "corpus" / "more.txt").write_text("Something else.")
    done = kb("contradictions", "--json", cwd=opposed)
    assert "not yet in the index: corpus/more.txt" in done.stderr
    assert len(json.loads(done.stdout)) == 1


def test_unknown_names_are_one_line(opposed: Path, kb: Kb) -> None:
    kb("build", cwd=opposed)
    assert "no circumstance 'S9'; there are: U1, C1" in refused(kb, opposed, "--claim", "S9")
    assert "no criterion 'nope'" in refused(kb, opposed, "--criterion", "nope")
    said = refused(kb, opposed, "--claim", "U1", "--criterion", "cost")
    assert "U1 belongs to the criterion 'uptake'" in said
    assert "the question is empty" in refused(kb, opposed, "--claim", " ")
    assert "--limit" in refused(kb, opposed, "--limit", "0")


def test_every_pair_that_ships_is_of_two_sources_on_opposite_sides(
    people_alone: Path, kb: Kb
) -> None:
    found = pairs(kb, people_alone, "--limit", "2")
    assert len(found) > 10
    for pair in found:
        assert pair["supporting"]["stance"] == "supports"
        assert pair["challenging"]["stance"] == "challenges"
        assert pair["supporting"]["settled"]
        assert pair["challenging"]["settled"]
        assert pair["supporting"]["citekey"] != pair["challenging"]["citekey"]
    ids = [pair["claim"]["id"] for pair in found]
    assert max(map(ids.count, ids)) == 2
    for name in set(ids):
        near = [pair["nearness"] for pair in found if pair["claim"]["id"] == name]
        assert near == sorted(near, reverse=True)


def test_a_criterion_that_ships(people_alone: Path, kb: Kb) -> None:
    found = pairs(kb, people_alone, "--criterion", "scale", "--limit", "1")
    assert {pair["claim"]["id"] for pair in found} <= {"S1", "S2", "S3"}
    assert "S1" in {pair["claim"]["id"] for pair in found}


def test_with_the_model_that_ships_people_still_come_first(shipped_home: Path, kb: Kb) -> None:
    found = pairs(kb, shipped_home, "--claim", "S1", "--limit", "10000")
    models = [
        (pair["supporting"]["judge"] == "model") + (pair["challenging"]["judge"] == "model")
        for pair in found
    ]
    assert models[0] == 0
    assert models == sorted(models)
    used = [pair[side]["passage_id"] for pair in found for side in ("supporting", "challenging")]
    assert len(used) == len(set(used)), "a passage stands in one pair only"
