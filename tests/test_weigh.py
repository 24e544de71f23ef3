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
    Opinion,
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


def opinion(stance: Stance, *, sure: bool = True, by: str = "model") -> Opinion:
    """Of which `stance` is the most probable."""
    supports, challenges, neutral = (0.9 if s is stance else 0.05 for s in Stance)
    return Opinion(by, supports, challenges, neutral, sure, 0, 4)


def evidence(
    citekey: str, number: int, score: float, *stances: Stance, said: Opinion | None = None
) -> Evidence:
    passage = Passage(f"{citekey}#{number}", citekey, "text", 0, 4, Locator(), 3)
    source = Source(citekey, "article", "T", ("A",), "2020", "A (2020)", "A (2020). T.")
    judgement = judge(verdicts(*stances), CLAIM.text, (said,) if said else ())
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
        ((S, S, S), S, True, "three readers"),
        ((S, S, S, S), S, True, "four readers"),
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


def test_who_does_not_say_how_sure_they_are_takes_nothing_from_who_does() -> None:
    assert judge(verdicts(S, sure="clear") + verdicts(S), CLAIM.text).sure == "clear"
    assert judge(verdicts(S), CLAIM.text).sure == ""


@pytest.mark.parametrize("earlier", ["A is best.", "Tiny is best.", "Small is best", ""])
def test_only_a_verdict_on_these_very_words_counts(earlier: str) -> None:
    old = [replace(verdict, claim=earlier) for verdict in verdicts(S)]
    assert judge(old, CLAIM.text).judge == "judged under an earlier wording"
    same = "".join(list(CLAIM.text))  # equal, and another object
    assert judge([replace(verdict, claim=same) for verdict in verdicts(S)], CLAIM.text).settled


def test_no_judgement_is_lost_unless_it_is_said() -> None:
    assert answer_of([], 5).lost_judgements == 0


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
    assert answer.totals == {"supporting": 0, "challenging": 0, "context": 0, "unsure": 0}
    assert answer.by_model == {"supporting": 0, "challenging": 0}


# -- what models say ----------------------------------------------------------------------------


@pytest.mark.parametrize("stance", list(Stance))
def test_where_nobody_judged_a_sure_opinion_is_the_stance_and_said_to_be_a_models(
    stance: Stance,
) -> None:
    judgement = judge([], CLAIM.text, (opinion(stance),))
    assert (judgement.stance, judgement.judge) == (stance, "model")
    assert judgement.probability == 0.9
    assert judgement.by_model
    assert not judgement.unsure
    assert not judgement.settled, "only people settle"


@pytest.mark.parametrize("stance", list(Stance))
def test_an_opinion_that_is_not_sure_is_no_stance(stance: Stance) -> None:
    judgement = judge([], CLAIM.text, (opinion(stance, sure=False),))
    assert (judgement.stance, judgement.judge) == (None, "not sure")
    assert judgement.unsure
    assert not judgement.by_model
    assert judgement.probability == 0.9, "a leaning, kept for who wants to see it"


@pytest.mark.parametrize("people", [(S,), (C,), (N,), (S, S), (S, N), (S, C)])
@pytest.mark.parametrize("said", [opinion(S), opinion(C), opinion(N), opinion(S, sure=False)])
def test_a_model_changes_nothing_of_what_people_said(
    people: tuple[Stance, ...], said: Opinion
) -> None:
    alone = judge(verdicts(*people), CLAIM.text)
    beside = judge(verdicts(*people), CLAIM.text, (said,))
    assert replace(beside, opinions=()) == alone
    assert beside.opinions == (said,)
    assert not beside.by_model
    assert beside.probability is None


def test_the_first_opinion_decides_whatever_a_second_says() -> None:
    both = (opinion(S, by="one"), opinion(C, by="two"))
    assert judge([], CLAIM.text, both).stance is S
    assert judge([], CLAIM.text, both[::-1]).stance is C
    assert judge([], CLAIM.text, (opinion(S, sure=False), opinion(C))).unsure
    assert judge([], CLAIM.text, both).opinions == both


def test_where_the_wording_has_changed_the_model_stands_in_and_peoples_word_is_kept() -> None:
    judgement = judge(verdicts(S, S), "Small is worst.", (opinion(C),))
    assert (judgement.stance, judgement.judge) == (C, "model")
    assert judgement.verdicts == tuple(verdicts(S, S))


def test_where_the_wording_has_changed_and_the_model_cannot_say_that_it_has_is_said() -> None:
    said = opinion(C, sure=False)
    judgement = judge(verdicts(S, S), "Small is worst.", (said,))
    assert (judgement.stance, judgement.judge) == (None, "judged under an earlier wording")
    assert not judgement.unsure
    assert judgement.opinions == (said,)


@pytest.mark.parametrize(
    ("people", "said", "contested"),
    [
        ((S,), opinion(C), True),
        ((C, C), opinion(S), True),
        ((N,), opinion(S), True),
        ((S, N), opinion(C), True),
        ((S,), opinion(S), False),
        ((S,), opinion(N), False),
        ((S,), opinion(C, sure=False), False),
        ((S, C), opinion(S), False),
        ((), opinion(S), False),
    ],
)
def test_people_are_contested_only_by_a_sure_opinion_for_a_side_they_do_not_take(
    people: tuple[Stance, ...], said: Opinion, contested: bool
) -> None:
    judgement = judge(verdicts(*people), CLAIM.text, (said,))
    assert judgement.contested_by == (said if contested else None)


def test_people_are_contested_by_the_first_model_that_does() -> None:
    said = (opinion(N, by="one"), opinion(C, by="two"), opinion(C, by="three"))
    contested_by = judge(verdicts(S), CLAIM.text, said).contested_by
    assert contested_by is not None
    assert contested_by.by == "two"


def test_people_come_first_then_where_they_disagree_then_the_model() -> None:
    items = [
        evidence("a", 1, 0.9, said=opinion(S)),
        evidence("b", 1, 0.5, S, N, said=opinion(C)),
        evidence("c", 1, 0.1, S, said=opinion(C)),
        evidence("d", 1, 0.8, said=opinion(C)),
    ]
    answer = answer_of(items, 5)
    assert names(answer.supporting) == ["c#1", "b#1", "a#1"]
    assert names(answer.challenging) == ["d#1"]


def test_what_only_a_model_judged_is_counted_as_its_and_not_among_the_sources() -> None:
    items = [
        evidence("a", 1, 0.9, said=opinion(S)),
        evidence("a", 2, 0.9, said=opinion(C)),
        evidence("b", 1, 0.5, S),
        evidence("c", 1, 0.5, said=opinion(S)),
        evidence("d", 1, 0.5, said=opinion(N)),
        evidence("e", 1, 0.5, C, S, said=opinion(C)),
    ]
    answer = answer_of(items, 5)
    assert answer.by_model == {"supporting": 2, "challenging": 1}
    assert answer.totals == {"supporting": 3, "challenging": 1, "context": 2, "unsure": 0}
    assert answer.sources == {"supporting": 1, "challenging": 0}
    assert answer.on_both_sides == 0
    assert answer.disputed == {"supporting": 0, "challenging": 0, "opposite": 1}
    assert answer.considered == 6


def test_what_the_model_cannot_say_stands_apart() -> None:
    items = [
        evidence("a", 1, 0.2, said=opinion(S, sure=False)),
        evidence("b", 1, 0.9, said=opinion(C, sure=False)),
        evidence("b", 2, 0.8, said=opinion(N, sure=False)),
        evidence("c", 1, 0.5, S, said=opinion(C, sure=False)),
        evidence("d", 1, 0.5),
    ]
    answer = answer_of(items, 5)
    assert names(answer.unsure) == ["b#1", "a#1", "b#2"], "each source once before any twice"
    assert names(answer.supporting) == ["c#1"]
    assert names(answer.context) == ["d#1"]
    assert answer.by_model == {"supporting": 0, "challenging": 0}
    assert answer.totals["unsure"] == 3


def test_where_a_model_sees_no_bearing_is_context() -> None:
    items = [
        evidence("a", 1, 0.9, said=opinion(N)),
        evidence("b", 1, 0.1),
        evidence("c", 1, 0.2, S, C, said=opinion(N)),
    ]
    assert names(answer_of(items, 5).context) == ["c#1", "b#1", "a#1"]


def test_the_limit_is_for_people_and_for_the_model_each() -> None:
    people = [evidence(f"p{n}", 1, 0.1, S) for n in range(4)]
    model = [evidence(f"m{n}", 1, 0.9, said=opinion(S)) for n in range(4)]
    answer = answer_of(model + people, 2)
    assert names(answer.supporting) == ["p0#1", "p1#1", "m0#1", "m1#1"]
    assert names(answer_of(model + people[:1], 2).supporting) == ["p0#1", "m0#1", "m1#1"]
    assert names(answer_of(model, 2).supporting) == ["m0#1", "m1#1"]
    assert names(answer_of(people, 2).supporting) == ["p0#1", "p1#1"]
    assert answer.totals["supporting"] == 8
    assert answer.by_model["supporting"] == 4
    assert answer.sources["supporting"] == 4


def test_the_limit_is_for_what_is_not_sure_too() -> None:
    items = [evidence(f"m{n}", 1, n / 10, said=opinion(S, sure=False)) for n in range(5)]
    answer = answer_of(items, 2)
    assert names(answer.unsure) == ["m4#1", "m3#1"]
    assert answer.totals["unsure"] == 5


def test_sources_of_one_work_count_once() -> None:
    items = [evidence("a", 1, 0.9, S), evidence("b", 1, 0.8, S), evidence("c", 1, 0.7, S)]
    items += [evidence("b", 2, 0.6, C)]
    kin = {"a": "a", "b": "a"}
    answer = weigh(Asked("q", CLAIM, Filters(), 9, families=kin), items, INDEX)
    assert (answer.sources, answer.same_work) == (
        {"supporting": 2, "challenging": 1},
        {"supporting": 1, "challenging": 0},
    )
    assert answer.on_both_sides == 1, "the work stands on both, through b"
    assert len(answer.supporting) == 3, "none is left out"
    assert answer_of(items, 9).sources == {"supporting": 3, "challenging": 1}


def test_a_work_that_one_of_its_sources_tells_itself_is_not_second_hand() -> None:
    first = evidence("a", 1, 0.9, S)
    place = Locator(section="Quoted by others")
    other = evidence("b", 1, 0.8, S)
    other = replace(other, passage=replace(other.passage, locator=place))
    alone = weigh(Asked("q", CLAIM, Filters(), 9), [first, other], INDEX)
    kin = weigh(
        Asked("q", CLAIM, Filters(), 9, families={"a": "a", "b": "a"}), [first, other], INDEX
    )
    assert alone.second_hand["supporting"] == 1
    assert kin.second_hand["supporting"] == 0
