"""How well a tagger does on people's own tags: scores and what people see in, measures out.

`report` takes an (n, criteria) array of scores, one of gold labels (1 seen, 0 not seen, NaN where
nobody said anything or people disagree), and the score from which a tag is kept.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from kb.evaluating import metrics
from kb.reports import OwnTagsReport, TagMeasures

Values = NDArray[np.float64]


def report(
    tagger: str,
    criteria: Sequence[str],
    scores: Values,
    gold: Values,
    threshold: float,
    disputed: int = 0,
) -> OwnTagsReport:
    """Measures of each criterion that has a label. Macro-F1 is the mean F1 of criteria that anyone
    saw in any passage: where there is nothing to find, F1 says nothing."""
    measured = {
        name: _measures(scores[:, at], gold[:, at], threshold)
        for at, name in enumerate(criteria)
        if not np.isnan(gold[:, at]).all()
    }
    found = [of.f1.value for of in measured.values() if of.positive]
    labelled = ~np.isnan(gold)
    right = gold[labelled] == 1
    # Of a probability of belonging, not of being right: 0.1 for what does not belong is good.
    ece = metrics.calibration_error(scores[labelled], right) if labelled.any() else None
    return OwnTagsReport(
        tagger=tagger,
        n=int(labelled.any(axis=1).sum()) if gold.size else 0,
        disputed=disputed,
        macro_f1=float(np.mean(found)) if found else None,
        criteria=measured,
        ece=ece,
    )


def _measures(scores: Values, gold: Values, threshold: float) -> TagMeasures:
    known = ~np.isnan(gold)
    labels, given = gold[known].astype(np.int64), scores[known]
    measure = metrics.measured(labels, (given >= threshold).astype(np.int64), 2)
    return TagMeasures(
        n=len(labels),
        positive=int(labels.sum()),
        precision=measure(partial(metrics.precision, label=1)),
        recall=measure(partial(metrics.recall, label=1)),
        f1=measure(partial(metrics.f1, label=1)),
        average_precision=average_precision(given, labels),
    )


def average_precision(scores: Values, labels: NDArray[np.int64]) -> float | None:
    """The mean precision at each label 1 in the order of scores, ties as one step (as scikit-learn
    defines it); None without any."""
    if not labels.any():
        return None
    order = np.argsort(-scores, kind="stable")
    steps = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(labels[order])[steps]
    recall = np.diff(hits, prepend=0) / labels.sum()
    return float((recall * hits / (steps + 1)).sum())
