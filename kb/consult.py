"""A claim and passages → what the models say: those kept from earlier, the others asked now."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kb.judging import Judge
from kb.judging.windows import opinion, opinions
from kb.records import Answer, Evidence, Opinion, Passage
from kb.storing.opinions import Opinions

Progress = Callable[[str], None]


class SecondOpinion(Protocol):
    """Someone else to ask, one passage at a time."""

    @property
    def identity(self) -> str: ...

    def opinion(self, claim: str, passage: str) -> Opinion: ...


@dataclass(frozen=True, slots=True)
class Panel:
    """Who is asked: `judge` (None: nobody), its `threshold` from 0 to 1 for showing a side, a
    `second` opinion if there is one, and where opinions are `kept`."""

    judge: Judge | None
    threshold: float
    second: SecondOpinion | None
    kept: Opinions


def consult(
    panel: Panel, claim: str, passages: Sequence[Passage]
) -> dict[str, tuple[Opinion, ...]]:
    """The judge's opinion on each passage, by id; none when there is no judge."""
    judge = panel.judge
    if judge is None or not passages:
        return {}
    said = kept(panel, claim, {passage.id for passage in passages})
    others = [passage for passage in passages if passage.id not in said]
    if others:
        pairs = [(claim, passage.text) for passage in others]
        new = opinions(judge, pairs, panel.threshold)
        said |= {passage.id: o for passage, o in zip(others, new, strict=True)}
        panel.kept.put(judge.identity, claim, [(p.id, _row(said[p.id])) for p in others])
    return {name: (o,) for name, o in said.items()}


def kept(panel: Panel, claim: str, ids: Collection[str]) -> dict[str, Opinion]:
    """What the judge has said of passages before, by id; it is asked nothing."""
    judge = panel.judge
    if judge is None:
        return {}
    return {
        name: opinion(judge, row[:3], (row[3], row[4]), panel.threshold)
        for name, row in panel.kept.get(judge.identity, claim, ids).items()
    }


def said_before(panel: Panel, claim: str, apart: Collection[str]) -> dict[str, tuple[Opinion, ...]]:
    """What the judge has said before of any passage, by id, but for those `apart`. It is not
    asked; nothing where there is no judge."""
    if panel.judge is None:
        return {}
    names = panel.kept.said(panel.judge.identity, claim) - set(apart)
    return {name: (o,) for name, o in kept(panel, claim, names).items()}


def with_opinions_beside(panel: Panel, answer: Answer, *, everywhere: bool) -> Answer:
    """The answer with the judge's opinion on the items shown that people have judged: on both
    sides, where it may be another, or `everywhere`. It is put beside and changes nothing else."""
    shown = [*answer.supporting, *answer.challenging]
    if everywhere:
        shown += [*answer.context, *answer.unsure]
    silent = [
        item.passage for item in shown if item.judgement.verdicts and not item.judgement.opinions
    ]
    said = consult(panel, answer.claim.text, silent)

    def heard(item: Evidence) -> Evidence:
        opinions = said.get(item.passage.id, item.judgement.opinions)
        return replace(item, judgement=replace(item.judgement, opinions=opinions))

    return _with_each(answer, heard)


def with_second_opinions(panel: Panel, answer: Answer) -> Answer:
    """The answer with a second opinion on each item shown that no person has judged. It is put
    beside the first and changes nothing else."""
    if panel.second is None:
        return answer
    return _with_each(answer, lambda item: _heard(panel, answer.claim.text, item))


def _with_each(answer: Answer, change: Callable[[Evidence], Evidence]) -> Answer:
    """The answer with each item that it shows changed."""
    return replace(
        answer,
        supporting=tuple(map(change, answer.supporting)),
        challenging=tuple(map(change, answer.challenging)),
        context=tuple(map(change, answer.context)),
        unsure=tuple(map(change, answer.unsure)),
    )


def _heard(panel: Panel, claim: str, item: Evidence) -> Evidence:
    second = panel.second
    judgement = item.judgement
    if second is None or judgement.verdicts:
        return item
    row = panel.kept.get(second.identity, claim, [item.passage.id]).get(item.passage.id)
    if row is None:
        said = second.opinion(claim, item.text)
        panel.kept.put(second.identity, claim, [(item.passage.id, _row(said))])
    else:
        sure = max(row[:3]) > 0.5
        said = Opinion(second.identity, *row[:3], sure, row[3], row[4], calibrated=False)
    return replace(item, judgement=replace(judgement, opinions=(*judgement.opinions, said)))


def _row(o: Opinion) -> tuple[float, float, float, int, int]:
    return o.supports, o.challenges, o.neutral, o.start, o.end
