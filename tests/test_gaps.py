"""What is missing from the evidence, in words."""

from datetime import date
from pathlib import Path

import pytest

import kb
from kb.maps import Gap, GapKind
from tests.conftest import judge

YEARS = date.today().year - 2016
"""So that what was published in 2015 is old and in 2019 is not."""


def gaps(home: Path, least: int = 2, circumstance: str = "U1") -> list[Gap]:
    found = kb.open(home).gaps(least=least, years=YEARS)
    return [gap for gap in found if gap.circumstance.id == circumstance]


def kinds(home: Path, least: int = 2) -> list[tuple[GapKind, str]]:
    return [(gap.kind, gap.side) for gap in gaps(home, least)]


def test_nobody_has_judged_anything(charted: Path) -> None:
    (gap,) = gaps(charted)
    assert gap.kind is GapKind.NOT_SEARCHED
    assert "nobody has judged any passage" in gap.what
    assert "kb ask U1" in gap.next_step


def test_people_looked_and_found_nothing(charted: Path) -> None:
    judge(charted, ("review2015", "U1", "neutral"))
    (gap,) = gaps(charted)
    assert gap.kind is GapKind.NOTHING
    assert "no more than abstracts was read" in gap.what
    judge(charted, ("trial2020", "U1", "neutral"))
    (gap,) = gaps(charted)
    assert "passages of 2 sources" in gap.what


def test_one_source_is_few_and_one_sided(charted: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"))
    assert kinds(charted) == [(GapKind.FEW, ""), (GapKind.ONE_SIDE, "challenging")]
    few, one_side = gaps(charted)
    assert few.what == "only 1 independent source on any side"
    assert one_side.what == "1 source supports it, none challenges it"
    assert kinds(charted, least=1) == [(GapKind.ONE_SIDE, "challenging")]


def test_nothing_is_missing_where_both_sides_have_enough(charted: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"), ("article2020", "U1", "challenges"))
    assert kinds(charted, least=1) == []
    assert [gap.circumstance.id for gap in kb.open(charted).gaps(least=1)] == ["C1"]


def test_opinion_alone_and_old_alone_and_abstracts_alone(charted: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"), ("opinion1999", "U1", "challenges"))
    assert kinds(charted, least=1) == [
        (GapKind.NO_STUDY, "challenging"),
        (GapKind.OLD, "challenging"),
    ]
    opinion, old = gaps(charted, least=1)
    assert opinion.what == "what challenges it is not described; no study"
    assert old.what == "what challenges it is from 1999 or earlier"
    judge(charted, ("article2020", "U1", "challenges"), ("review2015", "U1", "supports"))
    judge(charted, ("trial2020", "U1", "neutral"), at="2026-01-02")
    assert kinds(charted, least=1) == [
        (GapKind.ABSTRACTS, "supporting"),
        (GapKind.OLD, "supporting"),
    ]


def test_what_holds_of_all_of_it_is_said_once(charted: Path) -> None:
    judge(charted, ("review2015", "U1", "supports"))
    (*_, abstracts, old) = gaps(charted, least=1)
    assert (abstracts.kind, abstracts.side) == (GapKind.ABSTRACTS, "")
    assert abstracts.what == "all of it was read in abstract only, or is told by another source"
    assert (old.kind, old.side) == (GapKind.OLD, "")


def test_a_thin_side_is_the_least_of_gaps(charted: Path) -> None:
    judge(
        charted,
        ("trial2020", "U1", "supports"),
        ("review2015", "U1", "supports"),
        ("article2020", "U1", "challenges"),
    )
    (gap,) = gaps(charted)
    assert (gap.kind, gap.side, gap.sources) == (GapKind.THIN_SIDE, "challenging", 3)
    assert gap.what == "only 1 source challenges it; 2 sources support it"


def test_the_most_serious_come_first(charted: Path) -> None:
    judge(charted, ("trial2020", "U1", "supports"))
    found = kb.open(charted).gaps()
    assert [gap.circumstance.id for gap in found] == ["C1", "U1", "U1"]
    ranks = list(GapKind)
    assert [ranks.index(gap.kind) for gap in found[1:]] == sorted(
        ranks.index(gap.kind) for gap in found[1:]
    )


def test_every_gap_has_a_next_step(shipped: kb.KnowledgeBase) -> None:
    found = shipped.gaps(least=12, years=3)
    assert {GapKind.FEW, GapKind.THIN_SIDE, GapKind.OLD} <= {gap.kind for gap in found}
    for gap in found:
        assert "kb " in gap.next_step
        assert "{" not in gap.next_step
    assert shipped.gaps(least=12, years=3) == found


def test_an_unknown_criterion_is_refused(charted_built: Path) -> None:
    with pytest.raises(kb.KbError, match="no criterion 'rain'"):
        kb.open(charted_built).gaps(criterion="rain")
