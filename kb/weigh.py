"""A claim, hits, people's verdicts and models' opinions → Evidence in four groups → Answer.

People's word comes first: what they have judged stands where they put it. Where they differ, the
passage stands under the side taken, apart, and is counted for neither. What nobody has judged
stands where the model puts it, after that and marked as its word, if the model is sure; under
"unsure" if it sees a side but not surely; else it is context.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb.records import (
    Answer,
    Claim,
    Evidence,
    Filters,
    Index,
    Judgement,
    Opinion,
    Stance,
    Verdict,
)

SIDES = ("supporting", "challenging")
NOT_JUDGED = Judgement(stance=None, settled=False, judge="not yet judged")
OTHER_WORDING = Judgement(stance=None, settled=False, judge="judged under an earlier wording")
_NUMBERS = {1: "one reader", 2: "two readers", 3: "three readers", 4: "four readers"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, as it was read, and how many items a group may show; `lost` judgements are
    on passages that are gone. `families` names the family of each citekey that is in one: sources
    that are one work or study, which count once."""

    question: str
    claim: Claim
    filters: Filters
    limit: int
    lost: int = 0
    families: Mapping[str, str] = field(default_factory=dict)


def judge(verdicts: Sequence[Verdict], claim: str, opinions: tuple[Opinion, ...] = ()) -> Judgement:
    """People's verdicts on one passage and circumstance, one each, and models' opinions, weighed
    into one.

    All people alike: that stance, settled. Some took one side and the others none: that side, not
    settled. Both sides taken: no stance at all. What was judged when the circumstance said
    something else than `claim` does not count, and is said. Where no person's word counts, the
    first opinion decides, if it is sure; opinions never change what people said.
    """
    current = [verdict for verdict in verdicts if verdict.claim == claim]
    if not current:
        return _by_model(verdicts, opinions)
    stances = {verdict.stance for verdict in current}
    sides = stances - {Stance.NEUTRAL}
    settled = len(stances) == 1
    people = _NUMBERS.get(len(current), f"{len(current)} readers")
    words = {verdict.sure for verdict in current} - {""}
    return Judgement(
        stance=next(iter(sides or stances)) if len(sides) < 2 else None,
        settled=settled,
        judge=people if settled else "readers disagree",
        sure="arguable" if "arguable" in words else "".join(words),
        verdicts=tuple(verdicts),
        opinions=opinions,
    )


def _by_model(verdicts: Sequence[Verdict], opinions: tuple[Opinion, ...]) -> Judgement:
    outdated = replace(OTHER_WORDING, verdicts=tuple(verdicts)) if verdicts else NOT_JUDGED
    if not opinions:
        return outdated
    first = opinions[0]
    if not first.sure and verdicts:
        return replace(outdated, opinions=opinions)
    return replace(
        outdated,
        stance=first.stance if first.sure else None,
        judge="model" if first.sure else "not sure",
        probability=first.probability,
        opinions=opinions,
    )


def weigh(asked: Asked, evidence: Iterable[Evidence], index: Index) -> Answer:
    """Group and order the evidence, keep at most the limit of each group, count all of it."""
    groups: dict[str, list[Evidence]] = defaultdict(list)
    for item in evidence:
        groups[_group(item.judgement)].append(item)
    ordered = {
        "supporting": _apart(groups["supporting"], _settled, _by_people),
        "challenging": _apart(groups["challenging"], _settled, _by_people),
        # Opposed readings first, then what nobody judged, then what has no bearing.
        "context": _apart(groups["context"], _opposed, _undecided),
        "unsure": _in_turn(groups["unsure"]),
    }
    kin = asked.families
    behind = {side: _behind(ordered[side], kin) for side in SIDES}
    first = {side: _behind((i for i in ordered[side] if not i.second_hand), kin) for side in SIDES}
    return Answer(
        question=asked.question,
        claim=asked.claim,
        filters=asked.filters,
        supporting=_shown(ordered["supporting"], asked.limit),
        challenging=_shown(ordered["challenging"], asked.limit),
        context=ordered["context"][: asked.limit],
        unsure=ordered["unsure"][: asked.limit],
        considered=sum(map(len, ordered.values())),
        totals={name: len(items) for name, items in ordered.items()},
        disputed={side: sum(map(_disputed, ordered[side])) for side in SIDES}
        | {"opposite": sum(map(_opposed, ordered["context"]))},
        by_model={side: sum(i.judgement.by_model for i in ordered[side]) for side in SIDES},
        sources={side: len(behind[side]) for side in SIDES},
        second_hand={side: len(behind[side] - first[side]) for side in SIDES},
        on_both_sides=len(behind["supporting"] & behind["challenging"]),
        lost_judgements=asked.lost,
        index=index,
        same_work={s: len(_behind(ordered[s], {})) - len(behind[s]) for s in SIDES},
    )


def _shown(items: tuple[Evidence, ...], limit: int) -> tuple[Evidence, ...]:
    """The first of what people judged, and as many of what only a model did: a source that was
    added today must not wait behind all that was ever judged."""
    people = [item for item in items if _by_people(item)]
    return tuple(people[:limit]) + items[len(people) :][:limit]


def _behind(items: Iterable[Evidence], families: Mapping[str, str]) -> set[str]:
    """The sources of the settled ones, a family's name for all of its."""
    settled = (item.source.citekey for item in items if _settled(item))
    return {families.get(citekey, citekey) for citekey in settled}


def _settled(item: Evidence) -> bool:
    return item.judgement.settled


def _by_people(item: Evidence) -> bool:
    return not item.judgement.by_model


def _disputed(item: Evidence) -> bool:
    return _by_people(item) and not _settled(item)


def _opposed(item: Evidence) -> bool:
    return item.judgement.judge == "readers disagree" and item.judgement.stance is None


def _undecided(item: Evidence) -> bool:
    return item.judgement.stance is None


def _group(judgement: Judgement) -> str:
    if judgement.unsure:
        return "unsure"
    match judgement.stance:
        case Stance.SUPPORTS:
            return "supporting"
        case Stance.CHALLENGES:
            return "challenging"
        case _:
            return "context"


def _apart(items: list[Evidence], *first: Callable[[Evidence], bool]) -> tuple[Evidence, ...]:
    """Items for which the first test holds, then those of the second, then the others."""
    if not first:
        return _in_turn(items)
    test, *others = first
    rest = [item for item in items if not test(item)]
    return _in_turn([item for item in items if test(item)]) + _apart(rest, *others)


def _in_turn(items: list[Evidence]) -> tuple[Evidence, ...]:
    """Each source's best passage by score, then each one's second, and so on: one source must
    not fill the page. Ties by passage id."""
    rounds: dict[int, list[Evidence]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    for item in sorted(items, key=lambda item: (-item.score, item.passage.id)):
        rounds[seen[item.source.citekey]].append(item)
        seen[item.source.citekey] += 1
    return tuple(item for number in sorted(rounds) for item in rounds[number])
