"""A judge's opinions on whole passages.

A passage of up to three sentences is judged as it stands. In a longer one the evidence is often one
sentence among ten, which a small model overlooks: each sentence is looked at with its neighbours,
and the one that takes the clearest side is judged and counts beside the whole. Sentences that speak
to the judge (kb/orders.py) are kept from it.
"""

from collections.abc import Sequence

import numpy as np

from kb.judging import STANCES, Judge, Pair, Probabilities
from kb.orders import heard
from kb.records import Opinion, Stance
from kb.sentences import Span, sentences

WHOLE = 3  # sentences
NEUTRAL = STANCES.index(Stance.NEUTRAL)
NO_BEARING = [float(stance is Stance.NEUTRAL) for stance in STANCES]


def opinions(judge: Judge, pairs: Sequence[Pair], threshold: float) -> list[Opinion]:
    """One for each (claim, passage); a side is sure from `threshold` (0 to 1) up. A passage of
    nothing but orders to the judge has no bearing."""
    read = [(claim, heard(passage)) for claim, passage in pairs]
    judged = iter(_judged(judge, [pair for pair in read if pair[1].strip()], threshold))
    return [
        next(judged)
        if passage.strip()
        else opinion(judge, NO_BEARING, (0, len(passage)), threshold)
        for _, passage in read
    ]


def _judged(judge: Judge, pairs: Sequence[Pair], threshold: float) -> list[Opinion]:
    cuts = [windows(passage) for _, passage in pairs]
    parts = [
        [(claim, passage[slice(*span)]) for span, _ in spans]
        for (claim, passage), spans in zip(pairs, cuts, strict=True)
    ]
    glances = iter(
        judge.probabilities([pair for part in parts for pair in part[1:]], thorough=False)
    )
    deciding = [clearest([next(glances) for _ in part[1:]]) for part in parts]
    asked = [part[n] for part, at in zip(parts, deciding, strict=True) for n in sorted({0, at})]
    found = iter(judge.probabilities(asked))
    said = []
    for spans, at in zip(cuts, deciding, strict=True):
        rows = [next(found) for _ in {0, at}]
        said.append(opinion(judge, np.mean(rows, axis=0).tolist(), spans[at][1], threshold))
    return said


def opinion(judge: Judge, row: Sequence[float], span: Span, threshold: float) -> Opinion:
    """An opinion from three probabilities and the span that decided."""
    supports, challenges, neutral = (float(value) for value in row)
    sure = max(supports, challenges) >= threshold or neutral >= 0.5
    return Opinion(
        judge.identity, supports, challenges, neutral, sure, *span, calibrated=judge.calibrated
    )


def windows(text: str) -> list[tuple[Span, Span]]:
    """(what is judged, the sentence it stands for): first the whole, then, if it is long, each
    sentence with its neighbours."""
    whole = (0, len(text))
    spans = list(sentences(text))
    if len(spans) <= WHOLE:
        return [(whole, whole)]
    last = len(spans) - 1
    around = [
        ((spans[max(0, n - 1)][0], spans[min(last, n + 1)][1]), spans[n]) for n in range(len(spans))
    ]
    return [(whole, whole), *around]


def clearest(rows: Sequence[Probabilities] | Probabilities) -> int:
    """The position, from 1, of the window that takes the clearest side; 0 when there is none."""
    sides = [max(value for n, value in enumerate(row) if n != NEUTRAL) for row in rows]
    return 1 + int(np.argmax(sides)) if sides else 0
