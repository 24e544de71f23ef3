"""What an evidence map counts, what it marks, and what changed."""

from dataclasses import replace
from pathlib import Path

import pytest

import kb
from kb.config import Judging, Settings
from kb.errors import QuestionError
from kb.maps import EVERYTHING, Cell, Finding, Mark
from kb.storing.opinions import Opinions
from tests.conftest import CHARTED, STATEMENTS, judge

BOTH = ("supporting", "challenging")


def cells(home: Path, circumstance: str, group: str = EVERYTHING, by: str = "") -> dict[str, Cell]:
    drawn = kb.open(home).map(by=by)
    return {cell.finding.value: cell for cell in drawn.of(circumstance, group)}


def names(cell: Cell) -> list[str]:
    return [work.name for work in cell.works]


def test_what_people_agree_on_is_counted_by_work(charted: Path) -> None:
    judge(
        charted,
        ("trial2020", "U1", "supports"),
        ("review2015", "U1", "supports"),
        ("opinion1999", "U1", "challenges"),
    )
    of = cells(charted, "U1")
    assert names(of["supporting"]) == ["review2015", "trial2020"]
    assert names(of["challenging"]) == ["opinion1999"]
    assert names(of["mixed"]) == []
    assert {cell.looked for cell in of.values()} == {3}
    assert {cell.there for cell in of.values()} == {6}
    (item,) = of["challenging"].works[0].items
    assert item.text == CHARTED["opinion1999"][3][0]


def test_two_sources_that_are_one_work_count_once(charted: Path) -> None:
    told = '{"type": "family", "sources": ["article2020", "preprint2019"], "together": true,'
    (charted / "annotations.jsonl").write_text(f'{told} "by": "ann", "at": "2026-01-01"}}\n')
    judge(charted, ("article2020", "U1", "challenges"), ("preprint2019", "U1", "challenges"))
    of = cells(charted, "U1")["challenging"]
    assert names(of) == ["article2020+preprint2019"]
    assert (len(of.works), of.passages, of.looked) == (1, 2, 2)
    assert of.works[0].citation == "Article (2020) / Preprint (2019)"


def test_a_work_on_both_sides_is_mixed_and_nothing_else(charted: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"))
    judge(charted, ("trial2020", "U1", "challenges"), number=1)
    of = cells(charted, "U1")
    assert {name: names(cell) for name, cell in of.items()} == {
        "supporting": [],
        "challenging": [],
        "mixed": ["trial2020"],
    }


def test_the_counts_are_those_of_ask(shipped_home: Path) -> None:
    people_alone = replace(Settings(), judging=Judging(judge="none"))
    base = kb.KnowledgeBase(shipped_home, people_alone)
    drawn = base.map()
    assert len(drawn.circumstances) == 20
    for circumstance in (one.id for one in drawn.circumstances):
        answer = base.ask(circumstance, limit=1)
        of = {cell.finding: len(cell.works) for cell in drawn.of(circumstance)}
        for side in BOTH:
            assert of[Finding(side)] + of[Finding.MIXED] == answer.sources[side], circumstance
        assert of[Finding.MIXED] == answer.on_both_sides
        disputed = {cell.finding: len(cell.disputed) for cell in drawn.of(circumstance)}
        assert {side: disputed[Finding(side)] for side in BOTH} == {
            side: answer.disputed[side] for side in BOTH
        }
        assert disputed[Finding.MIXED] == answer.disputed["opposite"]


def test_a_cell_that_counts_nothing_says_why(charted: Path) -> None:
    assert {cell.mark for cell in cells(charted, "U1").values()} == {Mark.NOT_SEARCHED}
    judge(charted, ("review2015", "U1", "neutral"))
    assert {cell.mark for cell in cells(charted, "U1").values()} == {Mark.ABSTRACTS}
    judge(charted, ("trial2020", "U1", "neutral"))
    assert {cell.mark for cell in cells(charted, "U1").values()} == {Mark.NONE_FOUND}
    judge(charted, ("opinion1999", "U1", "supports"))
    marks = {name: cell.mark for name, cell in cells(charted, "U1").items()}
    assert marks == {
        "supporting": None,
        "challenging": Mark.NONE_FOUND,
        "mixed": Mark.NONE_FOUND,
    }


def test_a_group_of_which_nothing_can_be_read_is_not_one_that_nobody_searched(
    charted: Path,
) -> None:
    unread = cells(charted, "U1", "u-words", by="keywords")
    read = cells(charted, "U1", "t-words", by="keywords")
    assert {cell.mark for cell in unread.values()} == {Mark.ABSTRACTS}
    assert {cell.mark for cell in read.values()} == {Mark.NOT_SEARCHED}


def test_what_was_read_in_abstract_only_is_known_of_a_bubble(charted: Path) -> None:
    judge(charted, ("review2015", "U1", "supports"), ("opinion1999", "U1", "challenges"))
    of = cells(charted, "U1")
    assert of["supporting"].in_abstract
    assert not of["challenging"].in_abstract


def test_disagreement_is_shown_and_not_counted(charted: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"), ("opinion1999", "U1", "supports"))
    path = charted / "annotations.jsonl"
    first, second = path.read_text().splitlines()
    neutral = first.replace('"ann"', '"bob"').replace('"supports"', '"neutral"')
    opposite = second.replace('"ann"', '"bob"').replace('"supports"', '"challenges"')
    path.write_text("\n".join([first, second, neutral, opposite]) + "\n")
    of = cells(charted, "U1")
    assert [len(cell.works) for cell in of.values()] == [0, 0, 0]
    assert [item.citation for item in of["supporting"].disputed] == ["Trial (2020)"]
    assert [item.citation for item in of["mixed"].disputed] == ["Opinion (1999)"]


def test_a_model_is_never_a_bubble_and_never_asked(charted: Path) -> None:
    base = kb.open(charted)
    base.ask("U1")
    kept = Opinions(charted / ".kb" / "opinions.sqlite3")
    assert base.judge is not None
    by, claim = base.judge.identity, STATEMENTS["U1"]
    (sure, unsure, *_) = sorted(kept.said(by, claim))
    kept.put(by, claim, [(sure, (0.01, 0.98, 0.01, 0, 5)), (unsure, (0.45, 0.45, 0.1, 0, 5))])
    drawn = kb.open(charted).map()
    of = {cell.finding: cell for cell in drawn.of("U1")}
    assert sum(len(cell.works) for cell in drawn.cells) == 0
    assert sure in [item.passage.id for item in of[Finding.CHALLENGING].by_model]
    shown = [item.passage.id for cell in drawn.cells for item in cell.by_model]
    assert unsure not in shown
    assert kept.said(by, STATEMENTS["C1"]) == set(), "nothing was asked for the map"
    assert {cell.mark for cell in drawn.of("U1")} == {Mark.NOT_SEARCHED}


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("", [EVERYTHING]),
        (
            "design",
            [
                "systematic reviews",
                "trials and experiments",
                "surveys and comparisons",
                "not described",
            ],
        ),
        ("year", ["before 2000", "2015-2019", "2020-2024"]),
        ("keywords", ["a-words", "letters", "o-words", "p-words", "r-words", "t-words", "u-words"]),
        ("Letters", ["Letters"]),
        ("t-words", ["t-words", "not t-words"]),
        ("setting", ["not described"]),
    ],
)
def test_sources_are_split_in_an_order_that_means_something(
    charted_built: Path, by: str, groups: list[str]
) -> None:
    drawn = kb.open(charted_built).map(by=by)
    assert list(drawn.groups) == groups
    there = [cell.there for cell in drawn.cells if cell.finding is Finding.MIXED]
    assert sum(there) == (12 if by == "keywords" else 6) * len(drawn.circumstances)


def test_settings_are_grouped_as_criteria_yaml_says(shipped: kb.KnowledgeBase) -> None:
    drawn = shipped.map(by="setting", criterion="scale")
    assert {"Mental health", "Health care", "Police and justice"} <= set(drawn.groups)
    assert drawn.groups[-1] == "other settings"
    assert {c.criterion for c in drawn.circumstances} == {"scale"}


def test_a_word_that_is_no_keyword_is_refused_with_those_there_are(charted_built: Path) -> None:
    with pytest.raises(QuestionError, match=r"no source has the keyword 'rain'.*letters"):
        kb.open(charted_built).map(by="rain")


def test_what_changed_since_a_date(charted: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"), at="2026-01-01")
    judge(charted, ("review2015", "U1", "supports"), at="2026-03-01")
    judge(charted, ("trial2020", "U1", "neutral"), at="2026-03-02")
    base = kb.open(charted)
    (change,) = base.map(since="2026-02-01").changes
    assert (change.circumstance, change.finding) == ("U1", Finding.SUPPORTING)
    assert (change.was, change.now) == (1, 1)
    assert (change.gained, change.lost) == (("review2015",), ("trial2020",))
    assert base.map(since="2026-03-03").changes == ()


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_what_changed_since_a_map_that_was_kept(charted: Path, tmp_path: Path, ending: str) -> None:
    kept = tmp_path / f"map.{ending}"
    judge(charted, ("trial2020", "U1", "supports"))
    kb.write_map(kb.open(charted).map(criterion="uptake"), kept)
    assert kb.open(charted).map(since=kept).changes == ()
    judge(charted, ("opinion1999", "U1", "challenges"), ("trial2020", "C1", "supports"))
    drawn = kb.open(charted).map(since=str(kept))
    (change,) = drawn.changes
    assert (change.circumstance, change.gained) == ("U1", ("opinion1999",))
    assert drawn.uncompared == ("C1",)
    assert drawn.since == kept.name
    with pytest.raises(QuestionError, match=r"not split and this one split by year.*leave --by"):
        kb.open(charted).map(by="year", since=kept)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "{}", "[1]", "\0", "null"])
@pytest.mark.parametrize("ending", ["csv", "json"])
def test_a_file_that_is_no_map_is_said_to_be_none(
    charted_built: Path, tmp_path: Path, ending: str, content: str
) -> None:
    path = tmp_path / f"other.{ending}"
    path.write_text(content)
    with pytest.raises(QuestionError, match="not a map that kb map wrote"):
        kb.open(charted_built).map(since=path)


def test_neither_a_date_nor_a_file(charted_built: Path) -> None:
    with pytest.raises(QuestionError, match="neither a date such as 2026-01-31 nor a file"):
        kb.open(charted_built).map(since="last week")
