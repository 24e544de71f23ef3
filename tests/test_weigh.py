"""Verdicts in, an answer out: whose word counts, what is counted, and in which order."""

from dataclasses import replace

import pytest

from kb.records import (
    Answer,
    Claim,
    Evidence,
    Filters,
    Index,
    Locator,
    Passage,
    Source,
    Stance,
    Study,
    Verdict,
)
from kb.weigh import NOT_JUDGED, Asked, judge, weigh

S, C, N = Stance.SUPPORTS, Stance.CHALLENGES, Stance.NEUTRAL
INDEX = Index(passages=9, documents=3, recipe="r")
CLAIM = Claim("S1", "Small is best.", "scale", "alias", 1.0)


def verdicts(*stances: Stance, sure: str = "") -> list[Verdict]:
    return [
        Verdict("a#1", "S1", CLAIM.text, stance, f"reader-{n}", sure)
        for n, stance in enumerate(stances, 1)
    ]


def evidence(citekey: str, number: int, score: float, *stances: Stance) -> Evidence:
    passage = Passage(f"{citekey}#{number}", citekey, "text", 0, 4, Locator(), 3)
    source = Source(citekey, "article", "T", ("A",), "2020", "A (2020)", "A (2020). T.")
    judgement = judge(verdicts(*stances), CLAIM.text)
    return Evidence(passage, source, "digest", "abstract", Study(), (), judgement, score)


def answer_of(items: list[Evidence], limit: int) -> Answer:
    return weigh(Asked("q", CLAIM, Filters(), limit), items, INDEX)


def names(items: tuple[Evidence, ...]) -> list[str]:
    return [item.passage.id for item in items]


@pytest.mark.parametrize(
    ("stances", "stance", "settled", "said"),
    [
        ((S, S), S, True, "two readers"),
        ((C, C), C, True, "two readers"),
        ((N, N), N, True, "two readers"),
        ((S,), S, True, "one reader"),
        ((S, N), S, False, "readers disagree"),
        ((N, C), C, False, "readers disagree"),
        ((S, C), None, False, "readers disagree"),
        ((S, S, C), None, False, "readers disagree"),
        ((S, S, S, S, S), S, True, "5 readers"),
    ],
)
def test_verdicts_of_people_become_one_judgement(
    stances: tuple[Stance, ...], stance: Stance | None, settled: bool, said: str
) -> None:
    judgement = judge(verdicts(*stances), CLAIM.text)
    assert (judgement.stance, judgement.settled, judgement.judge) == (stance, settled, said)
    assert judgement.probability is None, "people give no probability"


def test_what_nobody_judged_has_no_stance() -> None:
    assert judge([], CLAIM.text) is NOT_JUDGED
    assert NOT_JUDGED.stance is None
    assert not NOT_JUDGED.settled


def test_one_arguable_word_makes_the_judgement_arguable() -> None:
    both = verdicts(S, sure="clear") + verdicts(S, sure="arguable")
    assert judge(both, CLAIM.text).sure == "arguable"
    assert judge(verdicts(S, sure="clear"), CLAIM.text).sure == "clear"


def test_disagreement_stands_apart_and_is_never_counted() -> None:
    items = [evidence("a", 1, 0.9, S, N), evidence("b", 1, 0.2, S, S), evidence("c", 1, 0.1, C, N)]
    answer = answer_of(items, 5)
    assert names(answer.supporting) == ["b#1", "a#1"], "settled first, whatever the score"
    assert names(answer.challenging) == ["c#1"]
    assert answer.sources == {"supporting": 1, "challenging": 0}
    assert answer.disputed == {"supporting": 1, "challenging": 1, "opposite": 0}


def test_opposite_verdicts_are_on_neither_side() -> None:
    answer = answer_of([evidence("a", 1, 0.9, S, C)], 5)
    assert not answer.supporting
    assert not answer.challenging
    assert names(answer.context) == ["a#1"]


def test_opposite_verdicts_come_first_in_the_context_and_are_counted_apart() -> None:
    items = [evidence("a", 1, 0.9), evidence("b", 1, 0.5, N, N), evidence("c", 1, 0.1, S, C)]
    answer = answer_of(items, 5)
    assert names(answer.context) == ["c#1", "a#1", "b#1"], "then what nobody judged, then neutral"
    assert answer.disputed["opposite"] == 1


def test_what_was_judged_under_another_wording_is_on_neither_side() -> None:
    judgement = judge(verdicts(S, S), "Small is worst.")
    assert judgement.stance is None
    assert not judgement.settled
    assert judgement.judge == "judged under an earlier wording"
    assert len(judgement.verdicts) == 2, "kept, though it does not count"


def test_a_source_on_both_sides_is_said_to_be() -> None:
    answer = answer_of([evidence("a", 1, 0.9, S, S), evidence("a", 2, 0.9, C, C)], 5)
    assert answer.sources == {"supporting": 1, "challenging": 1}
    assert answer.on_both_sides == 1


def test_what_is_known_only_through_another_source_is_counted_apart() -> None:
    told = evidence("a", 1, 0.9, S, S)
    told = replace(told, passage=replace(told.passage, locator=Locator("Secondary: Inett")))
    both = [told, evidence("a", 2, 0.5, S, S), evidence("b", 1, 0.4, S, S)]
    assert answer_of([told], 5).second_hand == {"supporting": 1, "challenging": 0}
    assert answer_of(both, 5).second_hand == {"supporting": 0, "challenging": 0}


def test_one_source_does_not_fill_the_page() -> None:
    items = [evidence("a", n, 1 - n / 10, S, S) for n in range(3)] + [evidence("b", 1, 0.1, S, S)]
    answer = answer_of(items, 2)
    assert names(answer.supporting) == ["a#0", "b#1"]
    assert answer.totals["supporting"] == 4, "the total counts what the limit hides"
    assert answer.sources["supporting"] == 2


def test_ties_are_broken_by_passage_id_whatever_the_order_they_come_in() -> None:
    items = [evidence(key, 1, 0.5, S, S) for key in "cab"]
    forwards = answer_of(items, 5)
    backwards = answer_of(items[::-1], 5)
    assert names(forwards.supporting) == names(backwards.supporting) == ["a#1", "b#1", "c#1"]


def test_no_evidence_is_a_valid_answer() -> None:
    answer = answer_of([], 5)
    assert answer.considered == 0
    assert answer.totals == {"supporting": 0, "challenging": 0, "context": 0}
