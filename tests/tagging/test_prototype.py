"""Zero-shot tags: nearer to one criterion than to the others, and than to nothing."""

from pathlib import Path

import numpy as np
import pytest

from kb import framework as frameworks
from kb.embedding.onnx import OnnxEmbedder
from kb.framework import Framework
from kb.records import Circumstance, Criterion
from kb.tagging import Vectors
from kb.tagging.prototype import BACKGROUND, TEMPERATURE, score, texts

FRAMEWORK = Framework(
    title="Gardens",
    topic=(),
    criteria=(
        Criterion("water", "Water", "How plants are watered.", ("hoses", "rain", "drought")),
        Criterion("money", "Money", "What a garden costs.", ()),
    ),
    circumstances=(
        Circumstance("W1", "water", "Rain is enough.", ("do I need a hose",)),
        Circumstance("M1", "money", "Gardens are cheap.", ("price of seeds",)),
    ),
)


def axis(place: int) -> Vectors:
    """A unit vector along one of three axes."""
    along_it: Vectors = np.eye(3, dtype=np.float32)[place]
    return along_it


def along(which: dict[str, int]) -> dict[str, Vectors]:
    return {text: axis(place) for text, place in which.items()}


MONEY = ["Money", "What a garden costs.", "Gardens are cheap.", "price of seeds"]
BY_AXIS = along(dict.fromkeys(texts(FRAMEWORK, FRAMEWORK.criteria[0]), 0) | dict.fromkeys(MONEY, 1))


def scores(*vectors: Vectors, by_text: dict[str, Vectors] = BY_AXIS) -> Vectors:
    return score(
        FRAMEWORK, lambda said: np.stack([by_text[text] for text in said]), np.stack(vectors)
    )


def softmax(*nearness: float) -> list[float]:
    """By definition, over the nearness to each criterion and to the background."""
    powers = np.exp(np.array([*nearness, BACKGROUND]) / TEMPERATURE)
    return [float(value) for value in (powers / powers.sum())[:-1]]


def test_all_that_the_framework_says_of_a_criterion_stands_for_it() -> None:
    assert texts(FRAMEWORK, FRAMEWORK.criteria[0]) == [
        "Water",
        "How plants are watered.",
        "hoses",
        "rain",
        "drought",
        "Rain is enough.",
        "do I need a hose",
    ]
    assert texts(FRAMEWORK, FRAMEWORK.criteria[1]) == MONEY


def test_scores_have_a_row_a_passage_and_a_column_a_criterion() -> None:
    given = scores(axis(1), axis(0), axis(2))
    assert given.shape == (3, 2)
    assert given[0, 1] > 0.99
    assert given[1, 0] > 0.99


def test_scores_are_from_nought_to_one_and_leave_room_for_neither() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(200, 3))
    vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    given = scores(*vectors)
    assert np.isfinite(given).all()
    assert (given >= 0).all()
    assert (given.sum(axis=1) <= 1).all()


def test_a_passage_about_nothing_in_the_framework_gets_no_tag() -> None:
    assert scores(axis(2)).max() < 0.01


def test_a_passage_halfway_is_shared_by_both() -> None:
    halfway = (axis(0) + axis(1)) / np.float32(np.sqrt(2))
    (given,) = scores(halfway)
    assert given[0] == pytest.approx(given[1], abs=1e-6)
    assert list(given) == pytest.approx(softmax(0.5**0.5, 0.5**0.5), abs=1e-5)


def test_only_the_three_nearest_texts_of_a_criterion_count() -> None:
    some = BY_AXIS | along({"Gardens are cheap.": 2})
    assert scores(axis(1), by_text=some)[0] == pytest.approx(softmax(0, 1), abs=1e-5)
    fewer = some | along({"price of seeds": 2})
    assert scores(axis(1), by_text=fewer)[0] == pytest.approx(softmax(0, 2 / 3), abs=1e-5)


def test_a_criterion_of_two_texts_only_can_be_scored() -> None:
    bare = Framework("T", (), (Criterion("a", "A", "About a.", ()),), ())
    given = score(bare, lambda said: np.stack([axis(0) for _ in said]), axis(0)[None])
    assert given.shape == (1, 1)
    assert given[0, 0] == pytest.approx(softmax(1)[0], abs=1e-5)


def test_no_passages_have_no_scores() -> None:
    assert score(FRAMEWORK, lambda said: np.stack([BY_AXIS[t] for t in said]),
                 np.empty((0, 3), np.float32)).shape == (0, 2)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "criterion"),
    [
        ("The chief executive and the board backed the project in public.", "authority"),
        ("It worked in one neighbourhood but could not be spread to the whole region.", "scale"),
        ("Travel expenses and training were paid for, which took staff time.", "resources"),
        ("A randomised trial measured wellbeing with a questionnaire.", "outcomes"),
    ],
)
def test_the_shipped_model_tags_plain_cases_of_the_shipped_framework(
    text: str, criterion: str
) -> None:
    framework = frameworks.load(Path(__file__).parents[2] / "criteria.yaml")
    embedder = OnnxEmbedder("minilm")
    (given,) = score(framework, embedder.embed, embedder.embed([text]))
    assert framework.criteria[int(given.argmax())].id == criterion
    assert given.max() >= 0.2, "kept at the default threshold"
