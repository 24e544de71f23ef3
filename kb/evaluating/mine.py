"""How well a tagger does on people's own tags, of which there may be none on some criteria.

What `kb.evaluating.tags` is for rows that are labelled throughout: the same measures, each over the
passages on which somebody has said whether they see the criterion.
"""

import numpy as np
from numpy.typing import NDArray

from kb.evaluating import metrics
from kb.reports import CriterionMeasures, Measure, OwnTagsReport
from kb.tagging import Tagger, Vectors


def report(
    tagger: Tagger,
    criteria: list[str],
    scores: Vectors,
    gold: NDArray[np.float64],
    thresholds: list[float],
) -> OwnTagsReport:
    """`scores` and `gold` are (n, criteria); gold is 1 where the criterion is seen, 0 where it is
    not, NaN where nobody said or people disagree; a tag is kept from its threshold up. Macro-F1 is
    over the criteria that anyone saw in any passage: where there is nothing to find, F1 says
    nothing."""
    known = ~np.isnan(gold)
    measured = {
        name: _measures(tagger, name, scores[rows, at], gold[rows, at] == 1, thresholds[at])
        for at, name in enumerate(criteria)
        for rows in [known[:, at]]
        if rows.any()
    }
    found = [of.f1.value for of in measured.values() if of.n]
    ece = None
    if known.any():
        ece = metrics.calibration_error(scores[known].astype(np.float64), gold[known] == 1)
    return OwnTagsReport(
        tagger=tagger.identity,
        n=int(known.any(axis=1).sum()),
        labelled={name: int(known[:, at].sum()) for at, name in enumerate(criteria)},
        macro_f1=float(np.mean(found)) if found else None,
        criteria=measured,
        ece=ece,
    )


def _measures(
    tagger: Tagger, name: str, scores: Vectors, gold: NDArray[np.bool_], threshold: float
) -> CriterionMeasures:
    kept = scores >= threshold
    table = metrics.detection(gold, kept, scores, metrics.drawn(len(gold)))
    precision, recall, f1, average = (
        Measure(float(row[0]), metrics.percentiles(row[1:].tolist())) for row in table
    )
    return CriterionMeasures(
        n=int(gold.sum()),
        found=int(kept.sum()),
        precision=precision,
        recall=recall,
        f1=f1,
        average_precision=average,
        threshold=threshold,
        method=tagger.method(name),
    )
