"""Models are asked once, only where they have not been, and never change what people said."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb.consult import Panel, consult, with_second_opinions
from kb.errors import ModelError
from kb.judging import Pair, Probabilities
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
from kb.storing.opinions import Opinions
from kb.weigh import Asked, judge, weigh

CLAIM = Claim("S1", "Small is best.", "scale", "alias", 1.0)
SOURCE = Source("a", "article", "T", ("A",), "2020", "A (2020)", "A (2020). T.")
LONG = "One says it. Two says so. Three says for. Four says again. Five says more."


class Counting:
    """Says "supports" of what holds "for", "challenges" of what holds "against", cannot say of
    what holds "perhaps", sees no bearing in all else, and notes the pairs it was asked."""

    threshold = 0.8
    calibrated = True

    def __init__(self, identity: str = "counting") -> None:
        self.identity = identity
        self.asked: list[Pair] = []

    def probabilities(self, pairs: Sequence[Pair], *, thorough: bool = True) -> Probabilities:
        self.asked += pairs
        rows = [
            (0.9, 0.06, 0.04) if "for" in text
            else (0.05, 0.9, 0.05) if "against" in text
            else (0.5, 0.1, 0.4) if "perhaps" in text
            else (0.1, 0.2, 0.7)
            for _, text in pairs
        ]  # fmt: skip
        return np.array(rows, np.float64).reshape(len(pairs), 3)


class Second:
    """Takes one side of everything, or is never sure, and counts the passages it was asked."""

    identity = "second"

    def __init__(self, stance: Stance | None) -> None:
        self.stance = stance
        self.asked: list[Pair] = []

    def opinion(self, claim: str, passage: str) -> Opinion:
        self.asked.append((claim, passage))
        supports, challenges, neutral = (
            1 / 3 if self.stance is None else float(s is self.stance) for s in Stance
        )
        sure = self.stance is not None
        end = len(passage)
        return Opinion("second", supports, challenges, neutral, sure, 0, end, calibrated=False)


class Silent:
    """Cannot be reached."""

    identity = "second"

    def opinion(self, claim: str, passage: str) -> Opinion:
        raise ModelError("second opinion: nobody answers")


@pytest.fixture
def kept(tmp_path: Path) -> Opinions:
    return Opinions(tmp_path / "opinions.sqlite3")


def passage(number: int, text: str) -> Passage:
    return Passage(f"a#{number}", "a", text, 0, len(text), Locator(), 3)


FOR, AGAINST, NEITHER = passage(1, "It is for."), passage(2, "It is against."), passage(3, "It is.")
PERHAPS = passage(4, "It is perhaps so.")


def panel(
    kept: Opinions,
    counting: Counting | None = None,
    second: Second | Silent | None = None,
    threshold: float = 0.8,
) -> Panel:
    return Panel(counting, threshold, second, kept)


def answered(passages: list[Passage], asked: Panel, *people: Stance) -> Answer:
    """An answer in which `people` judged the first passage, and the panel all."""
    said = consult(asked, CLAIM.text, passages)
    verdicts = [
        Verdict(passages[0].id, "S1", CLAIM.text, stance, f"reader-{n}")
        for n, stance in enumerate(people)
    ]
    evidence = [
        Evidence(
            p,
            SOURCE,
            "digest",
            "abstract",
            Study(),
            (),
            judge(verdicts if p is passages[0] else [], CLAIM.text, said.get(p.id, ())),
            0.5,
        )
        for p in passages
    ]
    return weigh(Asked("q", CLAIM, Filters(), 5), evidence, Index(9, 3, "r"))


def shown(answer: Answer) -> dict[str, Evidence]:
    groups = (answer.supporting, answer.challenging, answer.context, answer.unsure)
    return {item.passage.id: item for group in groups for item in group}


def counts(answer: Answer) -> Answer:
    """The answer without its items."""
    return replace(answer, supporting=(), challenging=(), context=(), unsure=())


# -- the judge ----------------------------------------------------------------------------------


def test_each_passage_gets_the_judges_opinion(kept: Opinions) -> None:
    said = consult(panel(kept, Counting()), CLAIM.text, [FOR, AGAINST, NEITHER])
    assert {name: [o.stance for o in opinions] for name, opinions in said.items()} == {
        "a#1": [Stance.SUPPORTS],
        "a#2": [Stance.CHALLENGES],
        "a#3": [Stance.NEUTRAL],
    }
    assert all(o.by == "counting" and o.calibrated for (o,) in said.values())


def test_the_judge_is_asked_about_the_claim_as_it_is_put(kept: Opinions) -> None:
    judge = Counting()
    consult(panel(kept, judge), CLAIM.text, [FOR, AGAINST])
    assert judge.asked == [(CLAIM.text, FOR.text), (CLAIM.text, AGAINST.text)]


def test_the_second_time_nothing_is_asked_and_the_same_is_said(kept: Opinions) -> None:
    passages = [FOR, AGAINST, NEITHER, passage(4, LONG)]
    first, again = Counting(), Counting()
    said = consult(panel(kept, first), CLAIM.text, passages)
    assert consult(panel(kept, again), CLAIM.text, passages) == said
    assert len(first.asked) == 3 + 5 + 2, "each window is looked at, the whole and one are judged"
    assert again.asked == []


def test_only_new_passages_are_asked_about(kept: Opinions) -> None:
    judge = Counting()
    consult(panel(kept, judge), CLAIM.text, [FOR, NEITHER])
    judge.asked.clear()
    said = consult(panel(kept, judge), CLAIM.text, [FOR, AGAINST, NEITHER])
    assert judge.asked == [(CLAIM.text, AGAINST.text)]
    assert [said[p.id][0].stance for p in (FOR, AGAINST, NEITHER)] == [
        Stance.SUPPORTS,
        Stance.CHALLENGES,
        Stance.NEUTRAL,
    ]


@pytest.mark.parametrize(("identity", "claim"), [("other", CLAIM.text), ("counting", "Else.")])
def test_another_model_and_another_claim_are_asked_anew(
    kept: Opinions, identity: str, claim: str
) -> None:
    consult(panel(kept, Counting()), CLAIM.text, [FOR])
    judge = Counting(identity)
    (said,) = consult(panel(kept, judge), claim, [FOR])[FOR.id]
    assert judge.asked == [(claim, FOR.text)]
    assert said.by == identity


def test_what_was_kept_is_held_against_the_threshold_of_today(kept: Opinions) -> None:
    judge = Counting()
    sure = [
        consult(panel(kept, judge, threshold=threshold), CLAIM.text, [FOR])[FOR.id][0].sure
        for threshold in (0.8, 0.95, 0.9)
    ]
    assert sure == [True, False, True]
    assert len(judge.asked) == 1


def test_the_sentence_that_decided_is_kept_too(kept: Opinions) -> None:
    long = passage(4, LONG)
    for _ in range(2):
        (said,) = consult(panel(kept, Counting()), CLAIM.text, [long])[long.id]
        assert long.text[said.start : said.end] == "Two says so."


def test_without_a_judge_nobody_is_asked(kept: Opinions, tmp_path: Path) -> None:
    assert consult(panel(kept), CLAIM.text, [FOR]) == {}
    assert list(tmp_path.iterdir()) == []


def test_without_passages_nobody_is_asked(kept: Opinions) -> None:
    judge = Counting()
    assert consult(panel(kept, judge), CLAIM.text, []) == {}
    assert judge.asked == []


def test_where_nothing_can_be_kept_the_judge_is_asked_each_time(tmp_path: Path) -> None:
    judge = Counting()
    nowhere = Opinions(tmp_path / "missing" / "opinions.sqlite3")
    first, again = (consult(panel(nowhere, judge), CLAIM.text, [FOR]) for _ in range(2))
    assert first == again
    assert len(judge.asked) == 2


# -- a second opinion ---------------------------------------------------------------------------


def test_without_a_second_opinion_the_answer_is_as_it_was(kept: Opinions) -> None:
    asked = panel(kept, Counting())
    answer = answered([FOR, AGAINST], asked)
    assert with_second_opinions(asked, answer) is answer


@pytest.mark.parametrize("stance", [*Stance, None])
def test_a_second_opinion_stands_beside_the_first_and_changes_nothing_else(
    kept: Opinions, stance: Stance | None
) -> None:
    asked = panel(kept, Counting(), Second(stance))
    answer = answered([FOR, AGAINST, NEITHER, PERHAPS], asked)
    after = with_second_opinions(asked, answer)
    assert shown(answer).keys() == shown(after).keys()
    for name, item in shown(after).items():
        before = shown(answer)[name].judgement
        assert [o.by for o in item.judgement.opinions] == ["counting", "second"]
        assert replace(item.judgement, opinions=before.opinions) == before
    assert counts(after) == counts(answer)


def test_it_is_asked_of_each_group(kept: Opinions) -> None:
    second = Second(Stance.SUPPORTS)
    asked = panel(kept, Counting(), second)
    answer = answered([FOR, AGAINST, NEITHER, PERHAPS], asked)
    groups = [answer.supporting, answer.challenging, answer.context, answer.unsure]
    assert [len(group) for group in groups] == [1, 1, 1, 1]
    with_second_opinions(asked, answer)
    assert sorted(second.asked) == sorted(
        (CLAIM.text, p.text) for p in (FOR, AGAINST, NEITHER, PERHAPS)
    )


def test_what_is_not_shown_is_not_asked_about(kept: Opinions) -> None:
    second = Second(Stance.NEUTRAL)
    asked = panel(kept, Counting(), second)
    many = [passage(n, f"It is for number {n}.") for n in range(9)]
    with_second_opinions(asked, answered(many, asked))
    assert len(second.asked) == 5


@pytest.mark.parametrize(
    "people", [(Stance.SUPPORTS,), (Stance.SUPPORTS, Stance.CHALLENGES), (Stance.NEUTRAL,)]
)
def test_what_people_judged_gets_no_second_opinion(
    kept: Opinions, people: tuple[Stance, ...]
) -> None:
    second = Second(Stance.CHALLENGES)
    asked = panel(kept, Counting(), second)
    answer = answered([FOR, NEITHER], asked, *people)
    after = with_second_opinions(asked, answer)
    assert second.asked == [(CLAIM.text, NEITHER.text)]
    assert shown(after)[FOR.id] == shown(answer)[FOR.id]


@pytest.mark.parametrize("stance", [*Stance, None])
def test_it_is_asked_once_and_then_kept(kept: Opinions, stance: Stance | None) -> None:
    second = Second(stance)
    asked = panel(kept, Counting(), second)
    answer = answered([FOR, NEITHER], asked)
    first = with_second_opinions(asked, answer)
    assert len(second.asked) == 2
    assert with_second_opinions(asked, answer) == first
    assert len(second.asked) == 2, "what it said, sure or not, is known"


def test_it_may_be_the_only_one_asked_and_is_then_still_no_stance(kept: Opinions) -> None:
    asked = panel(kept, None, Second(Stance.SUPPORTS))
    item = shown(with_second_opinions(asked, answered([FOR], asked)))[FOR.id]
    assert [o.by for o in item.judgement.opinions] == ["second"]
    assert (item.stance, item.judgement.judge) == (None, "not yet judged")


def test_when_it_cannot_be_reached_that_is_said(kept: Opinions) -> None:
    asked = panel(kept, Counting(), Silent())
    with pytest.raises(ModelError, match="nobody answers"):
        with_second_opinions(asked, answered([FOR], asked))


def test_what_it_said_before_is_known_when_it_cannot_be_reached(kept: Opinions) -> None:
    asked = panel(kept, Counting(), Second(Stance.NEUTRAL))
    answer = answered([FOR], asked)
    said = with_second_opinions(asked, answer)
    assert with_second_opinions(panel(kept, Counting(), Silent()), answer) == said
