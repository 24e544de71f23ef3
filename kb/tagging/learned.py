"""What a user's own tags have taught: heads that correct the tagger in use, criterion by criterion.

`.kb/learned.json`, made by `kb learn`, holds for each criterion learnt the digest of its meaning, a
threshold, and the log-odds: bias + trust · (log-odds of the tagger beneath) + weights · vector. It
is derived: where it is lost, or made for another embedding model, another tagger or another wording
of the criterion, the tagger beneath is what there was.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.errors import ModelError
from kb.framework import Framework
from kb.tagging import Embeds, Tagger, Vectors
from kb.tagging.linear import meaning

FILE = "learned.json"
Floats = NDArray[np.float64]
# What a vector may add: the ridge on its weights. From 0.1 to 3 macro-F1 fell from 0.62 to 0.58, in
# cross-validation over the shipped sources upon the zero-shot tagger (docs/results.md).
RIDGE = 0.1
# How firmly the tagger beneath is believed as it is: the ridge on (trust - 1).
BELIEF = 1.0
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Correction:
    """What was learnt of one criterion."""

    meaning: str
    threshold: float
    bias: float
    trust: float
    weights: tuple[float, ...]

    def score(self, beneath: NDArray[np.floating[Any]], vectors: Vectors) -> Floats:
        """(n,) probabilities from those of the tagger beneath and the vectors."""
        weights = np.asarray(self.weights)
        return _chance(self.bias + self.trust * odds(beneath) + vectors @ weights)


def odds(scores: NDArray[np.floating[Any]]) -> Floats:
    """Log-odds, of scores kept off 0 and 1."""
    kept = np.clip(scores.astype(np.float64), 1e-3, 1 - 1e-3)
    found: Floats = np.log(kept / (1 - kept))
    return found


def fitted(
    beneath: NDArray[np.floating[Any]], vectors: Vectors, labels: Floats, weights: Floats
) -> tuple[float, float, tuple[float, ...]]:
    """(bias, trust, weights) by ridge logistic regression, with Newton's method. `labels` from 0 to
    1, `weights` how much each row counts."""
    features = np.column_stack([np.ones(len(vectors)), odds(beneath), vectors]).astype(np.float64)
    ridge = np.full(features.shape[1], RIDGE)
    ridge[:2] = 1e-6, BELIEF
    start = np.zeros(features.shape[1])
    start[1] = 1.0
    found = start.copy()
    for _ in range(_STEPS):
        said = _chance(features @ found)
        slope = features.T @ (weights * (said - labels)) + ridge * (found - start)
        bend = (features.T * (weights * np.maximum(said * (1 - said), 1e-6))) @ features
        step = np.linalg.solve(bend + np.diag(ridge), slope)
        found -= step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-8:
            break
    bias, trust, *rest = found.tolist()
    return bias, trust, tuple(rest)


def _chance(at: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(at, -50, 50)))


def saved(corrections: Mapping[str, Correction], beneath: str, embedder: str) -> bytes:
    """The file's content, by criterion id, learnt upon the tagger and embedder so identified."""
    content = {
        "beneath": beneath,
        "embedder": embedder,
        "criteria": {
            name: {
                "meaning": of.meaning,
                "threshold": of.threshold,
                "bias": round(of.bias, 6),
                "trust": round(of.trust, 6),
                "weights": [round(weight, 6) for weight in of.weights],
            }
            for name, of in corrections.items()
        },
    }
    return json.dumps(content).encode()


def over(tagger: Tagger, framework: Framework, embedder: Embeds, folder: Path) -> Tagger:
    """The tagger with what was learnt laid over it; itself where nothing that fits was. Raises
    ModelError for a file that cannot be read."""
    path = folder / FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return tagger
    except OSError as error:
        raise _unusable(path, error) from None
    try:
        said = json.loads(content)
        if said["beneath"] != tagger.identity or said["embedder"] != embedder.identity:
            return tagger
        criteria: dict[str, dict[str, Any]] = said["criteria"]
        corrections = {
            criterion.id: Correction(**(of | {"weights": tuple(of["weights"])}))
            for criterion in framework.criteria
            if (of := criteria.get(criterion.id)) and of["meaning"] == meaning(criterion)
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(path, error) from None
    if not corrections:
        return tagger
    return LearnedTagger(tagger, framework, corrections, hashlib.sha256(content).hexdigest())


def _unusable(path: Path, error: Exception) -> ModelError:
    return ModelError(f"{path}: cannot be used ({error!r}); delete it, then: kb learn")


class LearnedTagger:
    """A tagger whose scores are corrected for the criteria in `corrections`; `digest` is that of
    where these stand."""

    def __init__(
        self,
        beneath: Tagger,
        framework: Framework,
        corrections: Mapping[str, Correction],
        digest: str,
    ) -> None:
        self.beneath = beneath
        self._corrections = corrections
        self._digest = digest
        self._ids = [criterion.id for criterion in framework.criteria]

    @cached_property
    def identity(self) -> str:
        return f"learned@{self._digest[:12]}-{self.beneath.identity}"

    @property
    def thresholds(self) -> Vectors:
        thresholds = self.beneath.thresholds.copy()
        for name, correction in self._corrections.items():
            thresholds[self._ids.index(name)] = correction.threshold
        return thresholds

    def score(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        scores = self.beneath.score(texts, vectors)
        for name, correction in self._corrections.items():
            column = self._ids.index(name)
            scores[:, column] = correction.score(scores[:, column], vectors)
        return scores

    def method(self, criterion: str) -> str:
        return "learned" if criterion in self._corrections else self.beneath.method(criterion)

    def words(self, criterion: str, text: str) -> list[tuple[str, float]]:
        trust = self._corrections[criterion].trust if criterion in self._corrections else 1.0
        return [(word, trust * adds) for word, adds in self.beneath.words(criterion, text)]

    def trained_on(self, text: str) -> bool:
        return self.beneath.trained_on(text)
