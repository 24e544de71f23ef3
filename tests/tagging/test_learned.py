"""What was learnt, kept in a file and laid over a tagger."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb.errors import ModelError
from kb.framework import Framework
from kb.records import Criterion
from kb.tagging import Tagger, Vectors
from kb.tagging.learned import FILE, RIDGE, Correction, fitted, odds, over, saved
from kb.tagging.linear import meaning

FRAMEWORK = Framework(
    "T", (), (Criterion("a", "A", "About a.", ()), Criterion("b", "B", "About b.", ())), ()
)
A = FRAMEWORK.criteria[0]


class Beneath:
    """Says 0.3 of everything."""

    identity = "beneath"
    thresholds = np.array([0.5, 0.5], np.float32)

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError

    def score(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        return np.full((len(texts), 2), 0.3, np.float32)

    def method(self, criterion: str) -> str:
        return "beneath"

    def words(self, criterion: str, text: str) -> list[tuple[str, float]]:
        return [("word", 1.0)]

    def trained_on(self, text: str) -> bool:
        return text == "seen"


LEARNT = Correction(meaning(A), 0.4, bias=0.0, trust=2.0, weights=(5.0, 0.0))
VECTORS = np.eye(2, dtype=np.float32)


def laid_over(folder: Path, framework: Framework = FRAMEWORK) -> Tagger:
    return over(Beneath(), framework, Beneath(), folder)


@pytest.fixture
def learnt(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_bytes(saved({"a": LEARNT}, "beneath", "beneath"))
    return tmp_path


def test_where_nothing_was_learnt_the_tagger_is_itself(tmp_path: Path) -> None:
    assert laid_over(tmp_path).identity == "beneath"


def test_what_was_learnt_corrects_its_criterion_and_no_other(learnt: Path) -> None:
    tagger = laid_over(learnt)
    scores = tagger.score(["x", "y"], VECTORS)
    at = 2 * odds(np.array([0.3]))[0]
    assert scores[:, 0] == pytest.approx([1 / (1 + np.exp(-(at + 5))), 1 / (1 + np.exp(-at))])
    assert scores[:, 1] == pytest.approx(0.3)
    assert tagger.thresholds == pytest.approx([0.4, 0.5])
    assert (tagger.method("a"), tagger.method("b")) == ("learned", "beneath")
    assert tagger.words("a", "word") == [("word", 2.0)]
    assert tagger.words("b", "word") == [("word", 1.0)]
    assert tagger.trained_on("seen")


def test_its_identity_changes_with_what_was_learnt(learnt: Path) -> None:
    before = laid_over(learnt).identity
    assert before.endswith("-beneath")
    (learnt / FILE).write_bytes(saved({"a": replace(LEARNT, bias=1.0)}, "beneath", "beneath"))
    assert laid_over(learnt).identity not in (before, "beneath")


@pytest.mark.parametrize(("tagger", "embedder"), [("x", "beneath"), ("beneath", "x")])
def test_upon_another_tagger_or_embedder_it_means_nothing(
    tmp_path: Path, tagger: str, embedder: str
) -> None:
    (tmp_path / FILE).write_bytes(saved({"a": LEARNT}, tagger, embedder))
    assert laid_over(tmp_path).identity == "beneath"


def test_a_criterion_that_was_reworded_is_not_corrected(learnt: Path) -> None:
    other = replace(FRAMEWORK, criteria=(replace(A, definition="Else."), FRAMEWORK.criteria[1]))
    assert laid_over(learnt, other).identity == "beneath"


@pytest.mark.parametrize("content", ["", "[]", '{"beneath": "beneath"}', '{"criteria": {"a": 1}}'])
def test_a_spoilt_file_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(ModelError, match=r"learned\.json: cannot be used .* kb learn"):
        laid_over(tmp_path)


def test_regression_finds_what_the_vectors_tell_and_keeps_believing_the_rest() -> None:
    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(400, 4)).astype(np.float32)
    beneath = np.full(400, 0.5)
    labels = (vectors[:, 1] > 0).astype(np.float64)
    bias, trust, weights = fitted(beneath, vectors, labels, np.ones(400))
    assert abs(bias) < 1
    assert trust == pytest.approx(1)
    assert weights[1] > 3 * max(abs(weights[n]) for n in (0, 2, 3))


def test_it_solves_the_regression_to_the_end() -> None:
    """At the optimum the slope of the penalised loss is nought."""
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(60, 3)).astype(np.float32)
    beneath, labels = chance.uniform(0.1, 0.9, 60), chance.integers(0, 3, 60) / 2
    bias, trust, weights = fitted(beneath, vectors, labels, np.ones(60))
    said = 1 / (1 + np.exp(-(bias + trust * odds(beneath) + vectors @ np.array(weights))))
    slope = vectors.T @ (said - labels) + RIDGE * np.array(weights)
    assert slope == pytest.approx(np.zeros(3), abs=1e-6)
    assert odds(beneath) @ (said - labels) + (trust - 1) == pytest.approx(0, abs=1e-6)
