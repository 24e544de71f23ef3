"""The trained tagger: what it knows, what it leaves to the zero-shot one, and what it rests on."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb import framework as frameworks
from kb.embedding.onnx import OnnxEmbedder
from kb.errors import ModelError
from kb.framework import Framework
from kb.records import Criterion
from kb.tagging import Vectors
from kb.tagging.linear import SHIPPED, Head, LinearTagger
from kb.tagging.prototype import THRESHOLD, PrototypeTagger

ROOT = Path(__file__).parents[2]
FRAMEWORK = frameworks.load(ROOT / "criteria.yaml")
IDS = [criterion.id for criterion in FRAMEWORK.criteria]
EMBEDDER = OnnxEmbedder("minilm")
TEXTS = [
    "The chief executive and the board backed the project in public and gave it their authority.",
    "It worked in one neighbourhood but could not be spread to the whole region.",
    "Travel expenses and training were paid for, which took staff time and money.",
    "A randomised trial measured wellbeing with a questionnaire.",
    "Former patients run the service as peer workers and took part in its evaluation.",
    "Patients and professionals never agreed on a common aim, and few voices were heard.",
]
ABOUT = ["authority", "scale", "resources", "outcomes", "delivery", "shared-aims"]


class Other:
    """The same vectors under another name."""

    identity = "other"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return EMBEDDER.embed(texts)


def reworded(criterion: str, **changes: object) -> Framework:
    criteria = [replace(c, **changes) if c.id == criterion else c for c in FRAMEWORK.criteria]  # type: ignore[arg-type]
    return replace(FRAMEWORK, criteria=tuple(criteria))


@pytest.fixture(scope="module")
def tagger() -> LinearTagger:
    return LinearTagger(FRAMEWORK, EMBEDDER)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return EMBEDDER.embed(TEXTS)


def test_plain_cases_get_their_tag_and_only_few_others(
    tagger: LinearTagger, vectors: Vectors
) -> None:
    kept = tagger.score(TEXTS, vectors) >= tagger.thresholds
    for row, criterion in zip(kept, ABOUT, strict=True):
        assert row[IDS.index(criterion)], criterion
    assert kept.sum() <= 10
    assert {tagger.method(name) for name in IDS} == {"linear"}


def test_a_score_does_not_depend_on_what_it_is_scored_with(
    tagger: LinearTagger, vectors: Vectors
) -> None:
    together = tagger.score(TEXTS, vectors)
    assert ((together >= 0) & (together <= 1)).all()
    for n, text in enumerate(TEXTS):
        alone = tagger.score([text], vectors[n : n + 1])
        assert alone[0] == pytest.approx(together[n], abs=1e-5)


def test_no_passages_and_passages_without_a_known_word(tagger: LinearTagger) -> None:
    assert tagger.score([], np.empty((0, 384), np.float32)).shape == (0, 6)
    odd = ["", "…", "qzxv 那是"]
    assert np.isfinite(tagger.score(odd, EMBEDDER.embed(odd))).all()


def test_the_words_it_rests_on_are_those_that_move_the_score(
    tagger: LinearTagger, vectors: Vectors
) -> None:
    words = tagger.words("resources", TEXTS[2])
    assert [abs(adds) for _, adds in words] == sorted((abs(a) for _, a in words), reverse=True)
    found = dict(words)
    assert set(found) <= set(TEXTS[2].rstrip(".").replace(",", "").split()), "as they are written"
    assert found["expenses"] > 0
    (with_words,) = tagger.score([TEXTS[2]], vectors[2:3])
    (without,) = tagger.score(["."], vectors[2:3])
    column = IDS.index("resources")
    odds = [np.log(p / (1 - p)) for p in (with_words[column], without[column])]
    assert odds[0] - odds[1] == pytest.approx(sum(found.values()), abs=1e-2)


def test_a_criterion_that_means_something_else_is_scored_from_its_words(vectors: Vectors) -> None:
    other = reworded("scale", definition="Music is played in tune, from the lowest to the highest.")
    tagger = LinearTagger(other, EMBEDDER)
    assert [tagger.method(name) for name in IDS].count("prototype") == 1
    assert tagger.method("scale") == "prototype"
    column = IDS.index("scale")
    assert tagger.thresholds[column] == pytest.approx(THRESHOLD)
    plain, zero = LinearTagger(FRAMEWORK, EMBEDDER), PrototypeTagger(other, EMBEDDER)
    scores = tagger.score(TEXTS, vectors)
    assert scores[:, column] == pytest.approx(zero.score(TEXTS, vectors)[:, column])
    others = [place for place in range(6) if place != column]
    assert scores[:, others] == pytest.approx(plain.score(TEXTS, vectors)[:, others])
    assert tagger.words("scale", TEXTS[1]) == []


def test_other_indicators_or_another_name_change_nothing() -> None:
    other = reworded("scale", name="Scale", indicators=("villages",))
    assert LinearTagger(other, EMBEDDER).method("scale") == "linear"


def test_a_framework_of_ones_own_has_the_zero_shot_tagger(vectors: Vectors) -> None:
    own = Framework("Cats", (), (Criterion("cats", "Cats", "All about cats.", ()),), ())
    tagger = LinearTagger(own, EMBEDDER)
    assert tagger.identity == "prototype"
    assert tagger.score(TEXTS, vectors).shape == (6, 1)
    assert not tagger.trained_on(TEXTS[0])


def test_under_another_embedding_model_it_claims_nothing(vectors: Vectors) -> None:
    tagger = LinearTagger(FRAMEWORK, Other())
    assert tagger.identity == "prototype"
    assert tagger.score(TEXTS, vectors) == pytest.approx(
        PrototypeTagger(FRAMEWORK, EMBEDDER).score(TEXTS, vectors)
    )


def test_it_knows_what_it_was_trained_on(tagger: LinearTagger) -> None:
    first = json.loads((ROOT / "annotations.jsonl").read_text("utf-8").splitlines()[0])
    assert tagger.trained_on(first["quote"])
    assert not tagger.trained_on(TEXTS[0])


def test_the_identity_is_that_of_the_weights(tagger: LinearTagger) -> None:
    about = json.loads((SHIPPED / "tagger.json").read_text("utf-8"))
    assert tagger.identity == f"linear@{about['sha256']['weights.json'][:12]}"


def test_spoilt_or_missing_files_are_one_line(tmp_path: Path, vectors: Vectors) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "tagging")
    with (folder / "weights.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ModelError, match=r"weights\.json: not the file it should be"):
        LinearTagger(FRAMEWORK, EMBEDDER, folder).score(TEXTS, vectors)
    (folder / "tagger.json").write_text("[]", "utf-8")
    with pytest.raises(ModelError, match=r"tagger\.json: not usable"):
        LinearTagger(FRAMEWORK, EMBEDDER, folder)
    (folder / "tagger.json").unlink()
    with pytest.raises(ModelError, match=r"tagger\.json: cannot be read"):
        LinearTagger(FRAMEWORK, EMBEDDER, folder)


def test_log_odds_by_hand() -> None:
    head = Head(
        {
            "thresholds": [0.5],
            "trained_on": [],
            "middle": [0.5, 0.0],
            "meaning": [[2.0, 1.0]],
            "bias": [0.1],
            "calibration": [[2.0, -1.0]],
            "words": {"cost": [3.0, 1.0], "fund": [4.0, 0.5]},
        }
    )
    # Centred (0.5, 0), of length 1: (1, 0). Words (3, 4), of length 1: (0.6, 0.8).
    odds = 2 * (0.1 + 2.0 + 0.6 * 1.0 + 0.8 * 0.5) - 1
    (said,) = head.score(["Costs, funding!"], np.array([[1.0, 0.0]], np.float32))
    assert said == pytest.approx([1 / (1 + np.exp(-odds))])
    rests_on = dict(head.words(0, "Costs, funding!"))
    assert list(rests_on) == ["Costs", "funding"]
    assert list(rests_on.values()) == pytest.approx([1.2, 0.8])
