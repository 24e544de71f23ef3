"""A judge's opinions on whole passages.

A passage of up to three sentences is judged as it stands. In a longer one the evidence is often one
sentence among ten, which a small model overlooks: each sentence is judged with its neighbours, and
the one that takes the clearest side counts beside the whole.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kb.judging import STANCES, Judge, Pair, Probabilities
from kb.records import Opinion, Stance
from kb.sentences import Span, sentences

WHOLE = 3  # sentences
NEUTRAL = STANCES.index(Stance.NEUTRAL)


def opinions(judge: Judge, pairs: Sequence[Pair], threshold: float) -> list[Opinion]:
    """One for each (claim, passage); a side is sure from `threshold` (0 to 1) up."""
    cuts = [windows(passage) for _, passage in pairs]
    asked = [
        (claim, passage[slice(*span)])
        for (claim, passage), spans in zip(pairs, cuts, strict=True)
        for span, _ in spans
    ]
    found = judge.probabilities(asked)
    ends = np.cumsum([0, *map(len, cuts)]).tolist()
    said = []
    for spans, (start, end) in zip(cuts, pairwise(ends), strict=True):
        probabilities, at = weighed(found[start:end])
        said.append(opinion(judge, probabilities.tolist(), spans[at][1], threshold))
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


def weighed(rows: Probabilities) -> tuple[Probabilities, int]:
    """The probabilities of a passage from those of its windows, the whole first, and the position
    of the window that decided: the mean of the whole and of the window that takes the clearest
    side."""
    if len(rows) == 1:
        return rows[0], 0
    sides = rows[1:, [n for n in range(len(STANCES)) if n != NEUTRAL]].max(axis=1)
    clearest = 1 + int(sides.argmax())
    return (rows[0] + rows[clearest]) / 2, clearest
