"""Which two sources are put side by side, with vectors and judgements made by hand."""

from collections.abc import Mapping, Sequence
from math import cos, radians

import numpy as np
import pytest

from kb.contradictions import contradictions
from kb.records import (
    Answer,
    Claim,
    Contradiction,
    Evidence,
    Filters,
    Index,
    Locator,
    Opinion,
    Passage,
    Source,
    Stance,
    Study,
    Verdict,
)
from kb.storing import Vectors
from kb.weigh import Asked, judge, weigh

S, C, N = Stance.SUPPORTS, Stance.CHALLENGES, Stance.NEUTRAL
CLAIM = Claim("S1", "Small is best.", "scale", "id", 1.0)


def evidence(name: str, *stances: Stance, model: Stance | None = None) -> Evidence:
    """Of a passage named "source#number", what people say or else what a model is sure of."""
    citekey = name.partition("#")[0]
    passage = Passage(name, citekey, "text", 0, 4, Locator(), 3)
    source = Source(citekey, "article", "T", ("A",), "2020", "A (2020)", "A (2020). T.")
    verdicts = [
        Verdict(name, "S1", CLAIM.text, stance, f"reader-{n}") for n, stance in enumerate(stances)
    ]
    opinions = (
        (Opinion("m", 0.9 * (model is S), 0.9 * (model is C), 0.1, True, 0, 4),) if model else ()
    )
    judgement = judge(verdicts, CLAIM.text, opinions)
    return Evidence(passage, source, "digest", "abstract", Study(), (), judgement, 0.5)


def pairs(items: Mapping[Evidence, float], limit: int = 10) -> list[Contradiction]:
    """Of items and the directions of their vectors, in degrees."""
    degrees = {item.passage.id: angle for item, angle in items.items()}

    def look(ids: Sequence[str]) -> Vectors:
        angles = np.radians([degrees[name] for name in ids])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    return contradictions(answer(items), look, limit)


def answer(items: Mapping[Evidence, float]) -> Answer:
    return weigh(Asked("S1", CLAIM, Filters(), 100), items, Index(9, 3, "r"))


def names(found: list[Contradiction]) -> list[tuple[str, str]]:
    return [(pair.supporting.passage.id, pair.challenging.passage.id) for pair in found]


def test_the_nearest_pair_comes_first() -> None:
    found = pairs(
        {
            evidence("a#1", S): 100,
            evidence("b#1", S): 0,
            evidence("c#1", C): 10,
            evidence("d#1", C): 70,
        }
    )
    assert names(found) == [("b#1", "c#1"), ("a#1", "d#1")]
    assert [pair.nearness for pair in found] == [
        pytest.approx(cos(radians(10)), abs=1e-4),
        pytest.approx(cos(radians(30)), abs=1e-4),
    ]
    assert {pair.claim for pair in found} == {CLAIM}


def test_a_passage_stands_in_one_pair_only() -> None:
    found = pairs({evidence("a#1", S): 0, evidence("b#1", C): 5, evidence("c#1", C): 1})
    assert names(found) == [("a#1", "c#1")]


def test_two_passages_of_a_source_may_each_stand_in_a_pair() -> None:
    items = {
        evidence("a#1", S): 0,
        evidence("a#2", S): 50,
        evidence("b#1", C): 1,
        evidence("c#1", C): 51.5,
    }
    assert names(pairs(items)) == [("a#1", "b#1"), ("a#2", "c#1")]


def test_a_source_is_never_set_against_itself() -> None:
    assert not pairs({evidence("a#1", S): 0, evidence("a#2", C): 0})
    found = pairs({evidence("a#1", S): 0, evidence("a#2", C): 0, evidence("b#1", C): 80})
    assert names(found) == [("a#1", "b#1")]


def test_what_people_say_comes_before_what_a_model_says() -> None:
    items = {
        evidence("a#1", S): 0,
        evidence("b#1", S, S): 60,
        evidence("c#1", C): 89,
        evidence("d#1", model=C): 0,
        evidence("e#1", model=S): 45,
        evidence("f#1", model=C): 45,
    }
    assert names(pairs(items)) == [("b#1", "c#1"), ("a#1", "d#1"), ("e#1", "f#1")], (
        "people's, then one of each, then a model's, however near"
    )


def test_a_model_alone_can_tell_of_a_pair() -> None:
    (pair,) = pairs({evidence("a#1", model=S): 0, evidence("b#1", model=C): 30})
    assert pair.supporting.judgement.by_model
    assert pair.challenging.judgement.by_model


def test_what_readers_disagree_on_is_left_out() -> None:
    items = {evidence("a#1", S, N): 0, evidence("b#1", S, C): 0, evidence("c#1", C): 0}
    assert len(answer(items).supporting) == 1, "it stands on the side, but apart"
    assert not pairs(items)


def test_what_has_no_bearing_is_left_out() -> None:
    assert not pairs({evidence("a#1", S): 0, evidence("b#1", N): 0, evidence("c#1", model=N): 0})


def test_no_more_than_the_limit() -> None:
    items = {evidence(f"{side}{n}#1", side): 10.0 * n for n in range(5) for side in (S, C)}
    assert len(pairs(items)) == 5
    assert pairs(items, limit=2) == pairs(items)[:2]


def test_ties_are_broken_by_passage_id_whatever_the_order_they_come_in() -> None:
    items = {evidence(f"{key}#1", S): 0.0 for key in "cab"}
    items |= {evidence(f"{key}#1", C): 0.0 for key in "zxy"}
    expected = [("a#1", "x#1"), ("b#1", "y#1"), ("c#1", "z#1")]
    assert names(pairs(items)) == names(pairs(dict(reversed(items.items())))) == expected


@pytest.mark.parametrize("items", [{}, {evidence("a#1", S): 0.0}, {evidence("a#1", C): 0.0}])
def test_one_side_alone_contradicts_nothing(items: Mapping[Evidence, float]) -> None:
    assert pairs(items) == []
