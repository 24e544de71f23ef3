"""Trained tags: a calibrated logistic head a criterion, on the passage's vector and its words.

kb/models/tagging/ holds tagger.json (whose vectors it reads, which criteria in which words, the
hash of the weights) and weights.json, both made by scripts/train_tagging.py. A criterion whose id
or definition is another than those trained on, and every criterion under another embedding model,
is scored by `prototype` instead.
"""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kb.errors import ModelError
from kb.framework import Framework
from kb.model_folder import sealed
from kb.records import Criterion
from kb.tagging import Embeds, Vectors
from kb.tagging.prototype import PrototypeTagger
from kb.tagging.stems import stems, written

SHIPPED = Path(__file__).parent.parent / "models" / "tagging"
_ABOUT = "tagger.json"
_WEIGHTS = "weights.json"
_AT_A_TIME = 4096


def meaning(criterion: Criterion) -> str:
    """16 hex digits over what a criterion means: its id and its definition. Indicators and names
    may be added to and mended without the head being lost."""
    said = f"{criterion.id}\n{criterion.definition}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def mark(text: str) -> str:
    """12 hex digits of a text, as in the id of its passage."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class LinearTagger:
    """`folder` holds tagger.json and weights.json; the weights load on first use. Raises
    ModelError for files that are not as they should be."""

    def __init__(self, framework: Framework, embedder: Embeds, folder: Path = SHIPPED) -> None:
        self._framework = framework
        self._embedder = embedder
        self._folder = folder
        try:
            self._about: dict[str, Any] = json.loads(self._content(_ABOUT, sealed))
            self._hash = str(self._about["sha256"][_WEIGHTS])
            known: dict[str, str] = self._about["criteria"]
            # Column in the framework → place in the weights, of the criteria that it knows.
            self._known = {
                column: list(known).index(criterion.id)
                for column, criterion in enumerate(framework.criteria)
                if known.get(criterion.id) == meaning(criterion)
            }
            fits = self._about["embedder"] == embedder.identity
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{folder / _ABOUT}: not usable ({error!r}); {_AGAIN}") from None
        if not fits:
            self._known = {}

    @property
    def identity(self) -> str:
        return f"linear@{self._hash[:12]}" if self._known else "prototype"

    @property
    def thresholds(self) -> Vectors:
        thresholds = self._prototype.thresholds
        if self._known:
            thresholds[list(self._known)] = self._head.thresholds[list(self._known.values())]
        return thresholds

    def score(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        scores = np.empty((len(texts), len(self._framework.criteria)), np.float32)
        if len(self._known) < len(self._framework.criteria):
            scores[:] = self._prototype.score(texts, vectors)
        if self._known:
            said = self._head.score(texts, vectors)
            scores[:, list(self._known)] = said[:, list(self._known.values())]
        return scores

    def method(self, criterion: str) -> str:
        return "prototype" if self._place(criterion) is None else "linear"

    def words(self, criterion: str, text: str) -> list[tuple[str, float]]:
        place = self._place(criterion)
        return [] if place is None else self._head.words(place, text)

    def trained_on(self, text: str) -> bool:
        return bool(self._known) and mark(text) in self._head.trained_on

    def _place(self, criterion: str) -> int | None:
        ids = [known.id for known in self._framework.criteria]
        return self._known.get(ids.index(criterion))

    @cached_property
    def _prototype(self) -> PrototypeTagger:
        return PrototypeTagger(self._framework, self._embedder)

    @cached_property
    def _head(self) -> "Head":
        content = self._content(_WEIGHTS)
        if hashlib.sha256(content).hexdigest() != self._hash:
            raise ModelError(
                f"{self._folder / _WEIGHTS}: not the file it should be (its SHA-256 differs from "
                f"{_ABOUT}); {_AGAIN}"
            )
        return Head(json.loads(content))

    def _content(self, name: str, read: Callable[[Path], bytes] = Path.read_bytes) -> bytes:
        try:
            return read(self._folder / name)
        except OSError as error:
            raise ModelError(
                f"{self._folder / name}: cannot be read ({error.strerror}); {_AGAIN}"
            ) from None


_AGAIN = "install kb again"


class Head:
    """The weights: for each of k criteria the log-odds are bias + meaning · (vector - middle, of
    length 1) + words · (tf-idf of the stems, of length 1); calibrated by slope and shift (Platt
    1999)."""

    def __init__(self, saved: dict[str, Any]) -> None:
        self.thresholds = np.array(saved["thresholds"], np.float32)
        self.trained_on = frozenset(saved["trained_on"])
        self._middle = np.array(saved["middle"], np.float32)
        self._meaning = np.array(saved["meaning"], np.float32).T  # (dimension, k)
        self._bias = np.array(saved["bias"], np.float32)
        self._slope, self._shift = np.array(saved["calibration"], np.float32).T
        self._places = {stem: place for place, stem in enumerate(saved["words"])}
        rows = np.array(list(saved["words"].values()), np.float32)  # (stems, 1 + k)
        self._rarity, self._words = rows[:, 0], rows[:, 1:]

    def score(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """(n, k) calibrated probabilities."""
        scores = np.empty((len(texts), len(self._bias)), np.float32)
        for start in range(0, len(texts), _AT_A_TIME):
            part = slice(start, start + _AT_A_TIME)
            centred = vectors[part] - self._middle
            centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
            odds = centred @ self._meaning + self._bias
            odds += np.stack([self._of_words(text) for text in texts[part]])
            scores[part] = 1 / (1 + np.exp(-(odds * self._slope + self._shift)))
        return scores

    def words(self, place: int, text: str) -> list[tuple[str, float]]:
        known, weights = self._weighed(text)
        spelt = written(text)
        adds = self._words[[self._places[stem] for stem in known], place] * weights
        found = zip(
            (spelt[stem] for stem in known), (adds * self._slope[place]).tolist(), strict=True
        )
        return sorted(found, key=lambda one: (-abs(one[1]), one[0]))

    def _of_words(self, text: str) -> Vectors:
        """(k,) what the words add to the log-odds."""
        known, weights = self._weighed(text)
        added: Vectors = weights @ self._words[[self._places[stem] for stem in known]]
        return added

    def _weighed(self, text: str) -> tuple[list[str], Vectors]:
        """The known stems of a text, and their tf-idf scaled to length 1 (sublinear counts)."""
        counts = {stem: n for stem, n in stems(text).items() if stem in self._places}
        often = np.array([1 + math.log(n) for n in counts.values()], np.float32)
        weights = often * self._rarity[[self._places[stem] for stem in counts]]
        return list(counts), weights / max(float(np.linalg.norm(weights)), 1e-9)
