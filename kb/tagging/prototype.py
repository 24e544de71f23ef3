"""Zero-shot tags: how near a passage is to what the framework says a criterion is about.

Needs no examples, so it works for any framework; it is a hint, not a judgement, and says so: its
tags never count where a person has tagged the passage.
"""

from collections.abc import Callable, Sequence

import numpy as np

from kb.framework import Framework
from kb.records import Criterion
from kb.tagging import Embeds, Vectors

# Chosen on the shipped corpus with scripts/bench-tagging; the F1 is flat around them
# (docs/results.md). BACKGROUND is the cosine of a passage about nothing in the framework.
NEAREST = 3
TEMPERATURE = 0.05
BACKGROUND = 0.3
THRESHOLD = 0.2


class PrototypeTagger:
    """`score` below, as a tagger."""

    identity = "prototype"

    def __init__(self, framework: Framework, embedder: Embeds) -> None:
        self._framework = framework
        self._embedder = embedder

    @property
    def thresholds(self) -> Vectors:
        return np.full(len(self._framework.criteria), THRESHOLD, np.float32)

    def score(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        return score(self._framework, self._embedder.embed, vectors)

    def method(self, criterion: str) -> str:
        return "prototype"

    def words(self, criterion: str, text: str) -> list[tuple[str, float]]:
        return []

    def trained_on(self, text: str) -> bool:
        return False


def score(framework: Framework, embed: Callable[[list[str]], Vectors], vectors: Vectors) -> Vectors:
    """(n, criteria) scores from 0 to 1: a softmax over the criteria and a background, so that a
    passage has to be nearer to a criterion than to the others; within one topic all passages are
    near all criteria. Nearness is the mean cosine to the three nearest of the criterion's texts."""
    columns = []
    for criterion in framework.criteria:
        cosines = vectors @ embed(texts(framework, criterion)).T
        columns.append(np.sort(cosines, axis=1)[:, -NEAREST:].mean(axis=1))
    columns.append(np.full(len(vectors), BACKGROUND, np.float32))
    nearness = np.exp(np.stack(columns, axis=1) / TEMPERATURE)
    scores: Vectors = (nearness / nearness.sum(axis=1, keepdims=True))[:, :-1]
    return scores


def texts(framework: Framework, criterion: Criterion) -> list[str]:
    """All that the framework says of a criterion."""
    said = [criterion.name, criterion.definition, *criterion.indicators]
    for circumstance in framework.circumstances:
        if circumstance.criterion == criterion.id:
            said += [circumstance.statement, *circumstance.aliases]
    return said
