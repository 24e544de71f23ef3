"""A claim, hits and people's verdicts → Evidence in three groups → Answer.

People decide what stands under "supporting" and "challenging"; what nobody has judged is context,
shown as not yet judged. Where people differ, the passage stands under the side taken, apart, and
is counted for neither.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from kb.records import Answer, Claim, Evidence, Index, Judgement, Stance, Verdict

SIDES = ("supporting", "challenging")
NOT_JUDGED = Judgement(stance=None, settled=False, judge="not yet judged")
_NUMBERS = {1: "one reader", 2: "two readers", 3: "three readers", 4: "four readers"}


def judge(verdicts: Sequence[Verdict]) -> Judgement:
    """People's verdicts on one passage and circumstance, one each, weighed into one.

    All alike: that stance, settled. Some took one side and the others none: that side, not
    settled. Both sides taken: no stance at all.
    """
    if not verdicts:
        return NOT_JUDGED
    stances = {verdict.stance for verdict in verdicts}
    sides = stances - {Stance.NEUTRAL}
    settled = len(stances) == 1
    people = _NUMBERS.get(len(verdicts), f"{len(verdicts)} readers")
    stance = next(iter(sides or stances)) if len(sides) < 2 else None
    words = {verdict.sure for verdict in verdicts} - {""}
    return Judgement(
        stance=stance,
        settled=settled,
        judge=people if settled else "readers disagree",
        sure="arguable" if "arguable" in words else "".join(sorted(words)[:1]),
        verdicts=tuple(verdicts),
    )


def weigh(
    question: str, claim: Claim, evidence: Iterable[Evidence], limit: int, index: Index
) -> Answer:
    """Group and order the evidence, keep at most `limit` of each group, count all of it."""
    groups: dict[str, list[Evidence]] = defaultdict(list)
    considered = 0
    for item in evidence:
        considered += 1
        groups[_group(item.judgement)].append(item)
    ordered = {
        "supporting": _settled_first(groups["supporting"]),
        "challenging": _settled_first(groups["challenging"]),
        "context": _in_turn(groups["context"]),
    }
    return Answer(
        question=question,
        claim=claim,
        supporting=ordered["supporting"][:limit],
        challenging=ordered["challenging"][:limit],
        context=ordered["context"][:limit],
        considered=considered,
        totals={name: len(items) for name, items in ordered.items()},
        disputed={
            side: sum(not item.judgement.settled for item in ordered[side]) for side in SIDES
        },
        sources={
            side: len({e.source.citekey for e in ordered[side] if e.judgement.settled})
            for side in SIDES
        },
        index=index,
    )


def _group(judgement: Judgement) -> str:
    match judgement.stance:
        case Stance.SUPPORTS:
            return "supporting"
        case Stance.CHALLENGES:
            return "challenging"
        case _:
            return "context"


def _settled_first(items: list[Evidence]) -> tuple[Evidence, ...]:
    settled = [item for item in items if item.judgement.settled]
    disputed = [item for item in items if not item.judgement.settled]
    return _in_turn(settled) + _in_turn(disputed)


def _in_turn(items: list[Evidence]) -> tuple[Evidence, ...]:
    """Each source's best passage by score, then each one's second, and so on: one source must
    not fill the page. Ties by passage id."""
    rounds: dict[int, list[Evidence]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    for item in sorted(items, key=lambda item: (-item.score, item.passage.id)):
        rounds[seen[item.source.citekey]].append(item)
        seen[item.source.citekey] += 1
    return tuple(item for number in sorted(rounds) for item in rounds[number])
