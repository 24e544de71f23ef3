"""Learning which of a few labels a short text means."""

import numpy as np
import pytest

from kb import intent

LABELS = ["pay", "pay", "trust", "trust", ""]
TEXTS = ["payment for time", "expenses", "trusting each other", "relationships", "car parks"]
VECTORS = np.eye(8, dtype=np.float32)[[0, 0, 1, 1, 2]]
MIDDLE = intent.middle(LABELS, VECTORS)
WEIGHTS = intent.fit(LABELS, intent.features(TEXTS, VECTORS, MIDDLE))


def read(text: str, vector: list[float]) -> dict[str, float]:
    padded = np.array([vector + [0.0] * (8 - len(vector))], np.float32)
    return intent.probabilities(WEIGHTS, intent.features([text], padded, MIDDLE)[0])


def test_the_middle_is_that_of_the_examples_of_an_intent() -> None:
    assert MIDDLE.tolist() == [0.5, 0.5, 0, 0, 0, 0, 0, 0], "what is asked elsewhere is left out"
    assert intent.middle(["", ""], VECTORS[:2]).tolist() == [0.0] * 8


def test_every_example_is_read_as_its_own_label() -> None:
    for label, text, vector in zip(LABELS, TEXTS, VECTORS.tolist(), strict=True):
        found = read(text, vector)
        assert max(found, key=lambda name: found[name]) == label
        assert sum(found.values()) == pytest.approx(1.0, abs=1e-5)


def test_meaning_and_spelling_both_count() -> None:
    by_meaning = read("zzz", [1.0])
    assert by_meaning["pay"] > 2 * by_meaning["trust"]
    by_spelling = read("Paymnt and expences", [0.5, 0.5])
    assert by_spelling["pay"] > 1.3 * by_spelling["trust"]


def test_what_is_like_no_example_is_read_by_none_of_them() -> None:
    unknown = read("zzz", [0.5, 0.5])
    assert max(unknown.values()) < 0.45


def test_the_same_examples_give_the_same_weights() -> None:
    again = intent.fit(LABELS, intent.features(TEXTS, VECTORS, MIDDLE))
    assert list(again) == ["", "pay", "trust"]
    for name, weights in again.items():
        assert weights.dtype == np.float32
        assert weights.shape == (8 + intent.GRAM_COLUMNS + 1,)
        assert weights.tobytes() == WEIGHTS[name].tobytes()


def test_the_solution_is_where_the_slope_is_flat() -> None:
    """The gradient of the loss, by its definition, at what `fit` returns."""
    rows = intent.features(TEXTS, VECTORS, MIDDLE)
    found = [list(intent.probabilities(WEIGHTS, row).values()) for row in rows]
    wanted = [[float(name == label) for name in WEIGHTS] for label in LABELS]
    with_bias = np.hstack([rows, np.ones((len(rows), 1), np.float32)])
    slope = with_bias.T @ (np.array(found) - np.array(wanted)) / len(LABELS)
    slope += np.stack(list(WEIGHTS.values()), axis=1) / (8.0 * len(LABELS))
    assert np.abs(slope).max() < 1e-3


def test_a_framework_with_one_circumstance_is_learnt_too() -> None:
    weights = intent.fit(["a"], intent.features(["one"], VECTORS[:1], VECTORS[0] * 0))
    row = intent.features(["two"], VECTORS[2:3], VECTORS[0] * 0)[0]
    assert intent.probabilities(weights, row) == {"a": 1.0}
    assert intent.probabilities({}, row) == {}
