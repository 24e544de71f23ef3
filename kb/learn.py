"""People's tags → corrections of the tagger, kept only where they find more than it does.

Measured by cross-validation over sources: what a correction says of a passage was learnt from other
sources than the passage's, threshold included; the tagger beneath is measured on the same passages.
Passages on which that was itself trained are left out, since its word there proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb.framework import Framework
from kb.reports import Lesson
from kb.tagging import Tagger, Vectors
from kb.tagging.learned import Correction, fitted
from kb.tagging.linear import meaning

ENOUGH = 20  # passages that people tagged with a criterion, and as many that they did not
FOLDS = 5
Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TaggedPassage:
    """A passage that people have read: `share` by criterion, of those who said whether they see it
    there, how many do (0 to 1)."""

    citekey: str
    text: str
    share: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Of one criterion: the share of readers who see it, the score beneath, the vectors and the
    fold of each passage, and the threshold beneath."""

    share: Floats
    beneath: Vectors
    vectors: Vectors
    folds: Places
    threshold: float


def learn(
    framework: Framework, tagger: Tagger, passages: Sequence[TaggedPassage], vectors: Vectors
) -> tuple[list[Lesson], dict[str, Correction]]:
    """What was found for each criterion of the framework, and the corrections worth keeping, by
    criterion id. `vectors` are those of the passages."""
    fresh = [n for n, passage in enumerate(passages) if not tagger.trained_on(passage.text)]
    kept = [passages[n] for n in fresh]
    scores = tagger.score([passage.text for passage in kept], vectors[fresh])
    thresholds = tagger.thresholds
    lessons, corrections = [], {}
    for column, criterion in enumerate(framework.criteria):
        said = [n for n, passage in enumerate(kept) if criterion.id in passage.share]
        rows = _Rows(
            share=np.array([kept[n].share[criterion.id] for n in said], np.float64),
            beneath=scores[said, column],
            vectors=vectors[fresh][said],
            folds=_folds([kept[n].citekey for n in said]),
            threshold=float(thresholds[column]),
        )
        everyone = sum(p.share.get(criterion.id, 0) >= 0.5 for p in passages)
        lesson, correction = _lesson(criterion.id, tagger.method(criterion.id), rows)
        lessons.append(replace(lesson, tagged=everyone))
        if correction:
            corrections[criterion.id] = replace(correction, meaning=meaning(criterion))
    return lessons, corrections


def _lesson(criterion: str, method: str, rows: _Rows) -> tuple[Lesson, Correction | None]:
    tagged = rows.share >= 0.5
    lesson = Lesson(criterion, method, int(tagged.sum()), int(tagged.sum()), None, None, False)
    sources = len(set(rows.folds.tolist()))
    if min(tagged.sum(), (~tagged).sum()) < ENOUGH or sources < 2:
        return lesson, None
    said, found = _crossed(rows)
    before = _f1(rows.beneath >= rows.threshold, tagged)
    after = _f1(found, tagged)
    lesson = replace(lesson, before=before, after=after, kept=after > before)
    if not lesson.kept:
        return lesson, None
    everything = np.arange(len(tagged))
    return lesson, replace(_fit(rows, everything), threshold=_threshold(said, tagged))


def _crossed(rows: _Rows) -> tuple[Floats, NDArray[np.bool_]]:
    """What corrections say that saw nothing of the source, and whether they keep the tag."""
    said = np.empty(len(rows.share))
    found = np.empty(len(rows.share), bool)
    for fold in np.unique(rows.folds):
        here, there = np.flatnonzero(rows.folds == fold), np.flatnonzero(rows.folds != fold)
        said[here] = _score(_fit(rows, there), rows, here)
        within = _within(rows, there)
        found[here] = said[here] >= _threshold(within, rows.share[there] >= 0.5)
    return said, found


def _within(rows: _Rows, places: Places) -> Floats:
    """The same among these rows alone, for the choice of a threshold."""
    said = np.empty(len(places))
    folds = rows.folds[places]
    for fold in np.unique(folds):
        others = places[folds != fold]
        fit = _fit(rows, others if len(others) else places)
        said[folds == fold] = _score(fit, rows, places[folds == fold])
    return said


def _fit(rows: _Rows, places: Places) -> Correction:
    even = np.ones(len(places))
    learnt = fitted(rows.beneath[places], rows.vectors[places], rows.share[places], even)
    return Correction("", rows.threshold, *learnt)


def _score(by: Correction, rows: _Rows, places: Places) -> Floats:
    return by.score(rows.beneath[places], rows.vectors[places])


def _threshold(said: Floats, tagged: NDArray[np.bool_]) -> float:
    """The one with the best F1, its curve smoothed over five steps: a peak is mostly chance."""
    tried = np.arange(0.10, 0.71, 0.02)
    f1 = [_f1(said >= limit, tagged) for limit in tried]
    smooth = np.convolve(np.pad(f1, 2, mode="edge"), np.ones(5) / 5, "valid")
    return round(float(tried[smooth.argmax()]), 2)


def _f1(found: NDArray[np.bool_], tagged: NDArray[np.bool_]) -> float:
    either = int(found.sum()) + int(tagged.sum())
    return 2 * int((found & tagged).sum()) / either if either else 0.0


def _folds(citekeys: Sequence[str]) -> Places:
    """The fold of each passage: all of a source in one, each fold about as large."""
    often = {key: citekeys.count(key) for key in sorted(set(citekeys))}
    load = [0] * min(FOLDS, len(often))
    fold = {}
    for key in sorted(often, key=lambda key: -often[key]):
        fold[key] = load.index(min(load))
        load[fold[key]] += often[key]
    return np.array([fold[key] for key in citekeys], np.int64)
