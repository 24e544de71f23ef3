"""kb search and kb evaluate sides, the real commands: filters, explained scores, refusals."""

import json
from pathlib import Path

import pytest

from tests.conftest import COSTS, RAISED, Kb, verdict


def texts(shown: str) -> list[str]:
    return [hit["text"] for hit in json.loads(shown)]


def test_a_score_is_explained(home: Path, kb: Kb) -> None:
    shown = kb("search", "how many pence does a reminder cost", "--explain", cwd=home).stdout
    said = " ".join(shown.split())
    assert "for meaning (cosine 0." in said
    assert "pence, reminder, cost)" in said, "in the order of the question"
    assert "for words (none of the words)" in said
    first = json.loads(kb("search", "pence", "--json", cwd=home).stdout)[0]
    assert first["from_meaning"] + first["from_words"] == pytest.approx(first["score"], abs=2e-4)


def test_what_only_words_were_asked_for_has_no_meaning(home: Path, kb: Kb) -> None:
    said = kb("search", "pence", "--mode", "words", "--explain", cwd=home).stdout
    assert "0.000 for meaning (not among the nearest)" in " ".join(said.split())


@pytest.mark.parametrize(
    ("years", "found"),
    [
        ("2020", True),
        ("2019-2021", True),
        ("2019–2021", True),
        ("2020-", True),
        ("-2020", True),
        ("2021-", False),
        ("-2019", False),
    ],
)
def test_years_narrow_a_search(home: Path, kb: Kb, years: str, *, found: bool) -> None:
    shown = kb("search", "reminders", "--year", years, "--json", cwd=home).stdout
    assert (RAISED in texts(shown)) is found


@pytest.mark.parametrize("years", ["20", "2020-2019", "-", "", "2019 to 2020", "x"])
def test_years_that_are_none_are_refused(home: Path, kb: Kb, years: str) -> None:
    refused = kb("search", "reminders", f"--year={years}", cwd=home)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("kb: Invalid value for '--year'")
    assert refused.stderr.count("\n") == 1


def test_kind_stance_and_sources_narrow_a_search(home: Path, kb: Kb) -> None:
    line = verdict("smith2020reminders", RAISED, "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    assert texts(kb("search", "cost", "--stance", "supports", "--json", cwd=home).stdout) == [
        RAISED
    ]
    assert texts(kb("search", "cost", "--stance", "challenges", "--json", cwd=home).stdout) == []
    digests = texts(kb("search", "cost", "--kind", "digest", "--json", cwd=home).stdout)
    assert sorted(digests) == sorted([RAISED, COSTS])
    one = kb("search", "reminders", "--per-source", "1", "--limit", "2", "--json", cwd=home).stdout
    assert len({hit["citekey"] for hit in json.loads(one)}) == 2


def test_an_answer_says_what_it_leaves_out(home: Path, kb: Kb) -> None:
    words = ("ask", "U1", "--year", "2019", "--kind", "original")
    said = " ".join(kb(*words, cwd=home).stdout.split())
    assert "ONLY years 2019, kind original; all other evidence is left out." in said
    answer = json.loads(kb(*words, "--json", cwd=home).stdout)
    assert answer["filters"] == {
        "criterion": None,
        "sources": [],
        "years": [2019, 2019],
        "kind": "original",
    }
    assert {item["citekey"] for item in answer["context"] + answer["unsure"]} <= {
        "health2019letters"
    }
    open_ended = " ".join(kb("ask", "U1", "--year", "-2019", cwd=home).stdout.split())
    assert "ONLY years up to 2019;" in open_ended


def test_both_sides_are_counted_in_text_and_json(shipped_home: Path, kb: Kb) -> None:
    shown = kb("evaluate", "sides", "--depth", "20", cwd=shipped_home).stdout
    assert "among the first 20 passages" in shown
    measured = json.loads(
        kb("evaluate", "sides", "--depth", "50", "--json", cwd=shipped_home).stdout
    )
    assert measured["depth"] == 50
    for side in ("supports", "challenges"):
        of = measured["sides"][side]
        assert of["recall"] > of["statement_alone"] > 0
        assert of["interval"][0] <= of["recall"] <= of["interval"][1]
        assert f"{side:<11}{of['passages']:>8}" in shown


def test_both_sides_without_judgements(home: Path, kb: Kb) -> None:
    refused = kb("evaluate", "sides", cwd=home)
    assert refused.returncode == 1
    assert "nobody has judged any passage" in refused.stderr
