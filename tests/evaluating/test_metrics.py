"""Measures, against numbers worked out by hand and against scikit-learn."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.evaluating import metrics
from kb.reports import Measure

# Three of label 0, two of 1, one of 2; one 0 taken for a 1, one 1 for a 2.
GOLD = np.array([0, 0, 0, 1, 1, 2])
FOUND = np.array([0, 0, 1, 1, 2, 2])
TABLE = metrics.confusion(GOLD, FOUND, 3)


def width(measure: Measure) -> float:
    low, high = measure.interval
    return high - low


def labelled(rows: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of three labels of which about two thirds are found."""
    chance = np.random.default_rng(seed)
    gold = chance.integers(0, 3, rows)
    return gold, np.where(chance.random(rows) < 0.5, gold, chance.integers(0, 3, rows))


def test_the_table_has_a_row_for_each_label_and_a_column_for_each_found() -> None:
    assert TABLE.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert metrics.confusion(GOLD, GOLD, 4).tolist() == np.diag([3, 2, 1, 0]).tolist()


@pytest.mark.parametrize(
    ("label", "precision", "recall", "f1"),
    [(0, 1.0, 2 / 3, 0.8), (1, 0.5, 0.5, 0.5), (2, 0.5, 1.0, 2 / 3)],
)
def test_each_label_by_hand(label: int, precision: float, recall: float, f1: float) -> None:
    assert metrics.precision(TABLE, label) == pytest.approx(precision)
    assert metrics.recall(TABLE, label) == pytest.approx(recall)
    assert metrics.f1(TABLE, label) == pytest.approx(f1)


def test_all_labels_by_hand() -> None:
    assert metrics.macro_f1(TABLE) == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)
    assert metrics.accuracy(TABLE) == pytest.approx(4 / 6)


def test_a_label_that_no_row_has_does_not_lower_macro_f1() -> None:
    table = metrics.confusion(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2]), 3)
    assert metrics.macro_f1(table) == pytest.approx((1 + 2 / 3) / 2)


def test_what_never_happened_measures_nothing_rather_than_failing() -> None:
    table = metrics.confusion(np.array([0, 0]), np.array([0, 0]), 3)
    assert metrics.precision(table, 1) == metrics.recall(table, 1) == metrics.f1(table, 1) == 0.0
    assert metrics.accuracy(np.zeros((3, 3), np.int64)) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_agrees(seed: int) -> None:
    theirs = pytest.importorskip("sklearn.metrics", exc_type=ImportError)
    gold, found = labelled(200, seed)
    table = metrics.confusion(gold, found, 3)
    assert table.tolist() == theirs.confusion_matrix(gold, found).tolist()
    precision, recall, f1, _ = theirs.precision_recall_fscore_support(gold, found)
    for label in range(3):
        assert metrics.precision(table, label) == pytest.approx(precision[label])
        assert metrics.recall(table, label) == pytest.approx(recall[label])
        assert metrics.f1(table, label) == pytest.approx(f1[label])
    assert metrics.macro_f1(table) == pytest.approx(theirs.f1_score(gold, found, average="macro"))
    assert metrics.accuracy(table) == pytest.approx(theirs.accuracy_score(gold, found))


def test_an_interval_holds_its_value() -> None:
    gold, found = labelled(120, 0)
    measure = metrics.measured(gold, found, 3)
    for of in (metrics.macro_f1, metrics.accuracy, partial(metrics.recall, label=1)):
        measured = measure(of)
        low, high = measured.interval
        assert 0 <= low < measured.value < high <= 1
        assert measured.value == of(metrics.confusion(gold, found, 3))


def test_an_interval_shrinks_with_the_square_root_of_the_rows() -> None:
    few, many = (
        metrics.measured(np.tile(GOLD, times), np.tile(FOUND, times), 3)(metrics.accuracy)
        for times in (10, 1_000)
    )
    assert few.value == many.value
    assert width(few) == pytest.approx(10 * width(many), rel=0.3)


def test_an_interval_is_as_wide_as_theory_says() -> None:
    """1.96 standard errors of a share each way: of 0.7 in 1,000, 0.0284."""
    right = np.arange(1_000) % 10 < 7
    measured = metrics.share_of(right)
    assert measured.value == pytest.approx(0.7)
    assert width(measured) == pytest.approx(2 * 1.96 * (0.7 * 0.3 / 1_000) ** 0.5, rel=0.1)


def test_the_same_rows_give_the_same_interval() -> None:
    gold, found = labelled(90, 1)
    once, again = (metrics.measured(gold, found, 3)(metrics.macro_f1) for _ in range(2))
    assert once == again
    assert metrics.share_of(gold == found) == metrics.share_of(gold == found)


def test_all_measures_share_the_same_draws() -> None:
    gold = np.zeros(50, np.int64)
    measure = metrics.measured(gold, np.arange(50) % 2, 2)
    assert measure(metrics.accuracy) == measure(partial(metrics.recall, label=0))


def test_what_is_always_right_leaves_no_doubt() -> None:
    sure = Measure(1.0, (1.0, 1.0))
    assert metrics.measured(GOLD, GOLD, 3)(metrics.accuracy) == sure
    assert metrics.share_of(np.ones(4, bool)) == sure


def test_a_share_of_nothing_could_be_anything() -> None:
    assert metrics.share_of(np.array([], bool)) == Measure(0.0, (0.0, 1.0))


def test_the_interval_is_the_middle_95_percent() -> None:
    assert metrics.percentiles(list(range(1_001))) == (25.0, 975.0)


def test_calibration_error_by_hand() -> None:
    """Bin 9: twice 0.95, right once. Bin 8: twice 0.85, right twice. Bin 3: 0.35, wrong."""
    confidence = np.array([0.95, 0.85, 0.35, 0.95, 0.85])
    right = np.array([True, True, False, False, True])
    by_hand = (2 * (0.95 - 0.5) + 2 * (1 - 0.85) + 0.35) / 5
    assert metrics.calibration_error(confidence, right) == pytest.approx(by_hand)


def test_full_confidence_stands_in_the_last_bin() -> None:
    found = metrics.calibration_error(np.array([1.0, 0.95]), np.array([True, True]))
    assert found == pytest.approx(1 - 0.975)


def test_a_model_whose_word_means_what_it_says_has_no_calibration_error() -> None:
    right = np.arange(100) < 75
    assert metrics.calibration_error(np.full(100, 0.75), right) == pytest.approx(0)
    assert metrics.calibration_error(np.full(100, 0.95), right) == pytest.approx(0.2)
