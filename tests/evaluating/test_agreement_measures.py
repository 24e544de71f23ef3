"""Cohen's kappa and Gwet's AC1, against figures worked out by hand."""

import pytest

from kb.evaluating.agreement import Rated, agreement


def rated(table: list[list[int]]) -> list[Rated]:
    """One thing a passage, as many of each pair of labels as the table has."""
    found: list[Rated] = []
    for first, row in enumerate(table):
        for second, count in enumerate(row):
            found += [(f"p{len(found) + n}", first, second) for n in range(count)]
    return found


@pytest.mark.parametrize(
    ("table", "raw", "kappa", "ac1"),
    [
        # 20, 5, 10, 15 of 50: (0.7 - 0.5) / 0.5; shares 0.55 and 0.45, so chance 0.495.
        ([[20, 5], [10, 15]], 0.70, 0.40, 0.4059),
        # A rare label: 94 % agreement and no kappa to speak of. Chance 0.94528 and 0.054432.
        ([[118, 5], [2, 0]], 0.9440, -0.0234, 0.9408),
        # Three labels: chance 539 / 1600 by Cohen, 0.6628125 / 2 by Gwet.
        ([[10, 2, 1], [3, 12, 0], [1, 1, 10]], 0.80, 0.6984, 0.7009),
    ],
)
def test_known_tables(table: list[list[int]], raw: float, kappa: float, ac1: float) -> None:
    found = agreement(rated(table), len(table))
    assert found.n == sum(map(sum, table))
    assert found.raw.value == pytest.approx(raw, abs=5e-5)
    assert found.kappa
    assert found.ac1
    assert found.kappa.value == pytest.approx(kappa, abs=5e-5)
    assert found.ac1.value == pytest.approx(ac1, abs=5e-5)
    for measure in (found.raw, found.kappa, found.ac1):
        low, high = measure.interval
        assert low < measure.value < high


def test_one_label_throughout_leaves_kappa_undefined_and_ac1_one() -> None:
    found = agreement(rated([[7, 0], [0, 0]]), 2)
    assert found.kappa is None
    assert found.ac1
    assert (found.raw.value, found.ac1.value, found.ac1.interval) == (1.0, 1.0, (1.0, 1.0))


def test_what_one_passage_says_is_not_several_independent_things() -> None:
    """The same labels, once as twenty passages and once as two: the interval must be wider."""
    labels = [(0, 0)] * 8 + [(0, 1)] * 2 + [(1, 1)] * 8 + [(1, 0)] * 2
    apart = agreement([(f"p{n}", *pair) for n, pair in enumerate(labels)], 2)
    together = agreement([(f"p{n // 5}", *pair) for n, pair in enumerate(labels)], 2)
    assert apart.raw.value == together.raw.value
    assert apart.raw.interval != together.raw.interval


def test_intervals_are_those_of_the_percentile_bootstrap() -> None:
    """0.9 of 1,000: the interval of the normal approximation is 0.881 to 0.919."""
    found = agreement(rated([[450, 50], [50, 450]]), 2)
    assert found.raw.interval == pytest.approx((0.881, 0.919), abs=0.004)
