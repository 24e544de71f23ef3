"""Measures of classification, with 95 % bootstrap intervals (percentile method, Efron 1979)."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kb.reports import Measure

DRAWS = 1_000
SEED = 0
Interval = tuple[float, float]
Confusion = NDArray[np.int64]  # rows: gold, columns: found


def confusion(gold: NDArray[np.int64], found: NDArray[np.int64], size: int) -> Confusion:
    """(size, size) counts."""
    return np.bincount(gold * size + found, minlength=size * size).reshape(size, size)


def precision(table: Confusion, label: int) -> float:
    return _share(table[label, label], table[:, label].sum())


def recall(table: Confusion, label: int) -> float:
    return _share(table[label, label], table[label].sum())


def f1(table: Confusion, label: int) -> float:
    return _share(2 * table[label, label], table[:, label].sum() + table[label].sum())


def macro_f1(table: Confusion) -> float:
    """The mean F1 of the labels that any row has."""
    present = np.flatnonzero(table.sum(axis=1))
    return float(np.mean([f1(table, label) for label in present.tolist()]))


def accuracy(table: Confusion) -> float:
    return _share(np.trace(table), table.sum())


Measuring = Callable[[Callable[[Confusion], float]], Measure]


def measured(gold: NDArray[np.int64], found: NDArray[np.int64], size: int) -> Measuring:
    """A function that measures anything computed from the confusion table, with its interval; all
    measures share the same draws of rows."""
    chance = np.random.default_rng(SEED)
    draws = [chance.integers(0, len(gold), len(gold)) for _ in range(DRAWS)]
    tables = [confusion(gold[rows], found[rows], size) for rows in draws]
    whole = confusion(gold, found, size)

    def measure(of: Callable[[Confusion], float]) -> Measure:
        return Measure(of(whole), percentiles([of(table) for table in tables]))

    return measure


def share_of(right: NDArray[np.bool_]) -> Measure:
    """How many of them hold; of none at all, 0 and no idea."""
    if not len(right):
        return Measure(0.0, (0.0, 1.0))
    chance = np.random.default_rng(SEED)
    draws = chance.integers(0, len(right), (DRAWS, len(right)))
    return Measure(float(right.mean()), percentiles(right[draws].mean(axis=1).tolist()))


def mean_of(values: Sequence[float]) -> Measure:
    """The mean of a value of each of n items, n at least 1."""
    chance = np.random.default_rng(SEED)
    numbers = np.asarray(values, np.float64)
    draws = chance.integers(0, len(numbers), (DRAWS, len(numbers)))
    return Measure(float(numbers.mean()), percentiles(numbers[draws].mean(axis=1).tolist()))


def drawn(size: int) -> NDArray[np.float64]:
    """(1 + DRAWS, size) how often each of `size` rows counts: once each in the first line, as a
    bootstrap draws them in the others."""
    chance = np.random.default_rng(SEED)
    counts = [np.bincount(chance.integers(0, size, size), minlength=size) for _ in range(DRAWS)]
    return np.array([np.ones(size), *counts], np.float64)


def detection(
    gold: NDArray[np.bool_],
    found: NDArray[np.bool_],
    score: NDArray[np.float32],
    draws: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(4, draws): precision, recall, F1 and average precision of finding what `gold` has, in each
    line of `draws` as `drawn` makes them; 0 where there is nothing to divide by."""
    right, said, there = draws @ (gold & found), draws @ found, draws @ gold
    return np.array(
        [
            _shares(right, said),
            _shares(right, there),
            _shares(2 * right, said + there),
            average_precision(gold, score, draws),
        ]
    )


def average_precision(
    gold: NDArray[np.bool_], score: NDArray[np.float32], draws: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(draws,) the mean over steps of recall of the precision there, without interpolation; rows of
    one score are one step. 0 where no row is gold."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order], append=-np.inf))
    result = np.empty(len(draws))
    for line, counts in enumerate(draws[:, order]):
        right = np.cumsum(counts * gold[order])[ends]
        precision = _shares(right, np.cumsum(counts)[ends])
        steps = np.diff(right, prepend=0.0)
        result[line] = float(steps @ precision) / max(float(right[-1]), 1e-12)
    return result


def _shares(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def percentiles(values: Sequence[float]) -> Interval:
    """The middle 95 % of bootstrap values."""
    low, high = np.percentile(values, [2.5, 97.5]).tolist()
    return low, high


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal width (Guo et al. 2017): the mean
    distance between how sure and how often right, 0 for a model whose word means what it says."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    total = 0.0
    for number, count in Counter(bins.tolist()).items():
        rows = bins == number
        total += count * abs(confidence[rows].mean() - right[rows].mean())
    return float(total / len(confidence))


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
