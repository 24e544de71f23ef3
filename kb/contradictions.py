"""Answers → pairs of sources on opposite sides of one claim, put side by side.

Of all pairs those are shown in which the two passages are nearest to each other in meaning: they
speak of the same thing and differ on it. A passage stands in one pair only, so that no single
passage fills the list.
"""

from collections.abc import Callable, Sequence

from kb.records import Answer, Contradiction, Evidence
from kb.storing import Vectors

Look = Callable[[Sequence[str]], Vectors]


def contradictions(answer: Answer, vectors: Look, limit: int) -> list[Contradiction]:
    """At most `limit` pairs, people's before a model's, then the nearest first. The answer must
    hold all items of both sides; `vectors` gives the unit vectors of passages by id."""
    supporting, challenging = _told(answer.supporting), _told(answer.challenging)
    if not supporting or not challenging:
        return []
    cosines = (
        vectors([item.passage.id for item in supporting])
        @ vectors([item.passage.id for item in challenging]).T
    )
    pairs = [
        Contradiction(answer.claim, one, other, round(float(cosines[row, column]), 4))
        for row, one in enumerate(supporting)
        for column, other in enumerate(challenging)
        if one.source.citekey != other.source.citekey
    ]
    pairs.sort(key=_order)
    kept: list[Contradiction] = []
    used: set[str] = set()
    for pair in pairs:
        names = {pair.supporting.passage.id, pair.challenging.passage.id}
        if len(kept) < limit and not names & used:
            kept.append(pair)
            used |= names
    return kept


def _told(items: Sequence[Evidence]) -> list[Evidence]:
    """What people settled or a model is sure of; not what readers disagree on."""
    return [item for item in items if item.judgement.settled or item.judgement.by_model]


def _order(pair: Contradiction) -> tuple[int, float, str, str]:
    by_model = pair.supporting.judgement.by_model + pair.challenging.judgement.by_model
    return by_model, -pair.nearness, pair.supporting.passage.id, pair.challenging.passage.id
