#!/usr/bin/env python
"""Train the tagger that ships: labelled passages → kb/models/tagging/{tagger,weights}.json.

    scripts/train_tagging.py

Needs scikit-learn. Features of a passage: its MiniLM vector, taken from the middle of all vectors,
and the tf-idf of the stems of its words, twice as heavy. A logistic regression a criterion, both
readers of a passage of the corpus being a row each. What is calibrated (Platt 1999) and what the
thresholds are chosen on are scores from five-fold cross-validation over the sources of the corpus,
so that no source is scored by what it trained; three partings are averaged. Deterministic up to the
last digits of the libraries.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from tagging_rows import CRITERIA, FRAMEWORK, Row, readings, written

from kb.embedding.onnx import OnnxEmbedder
from kb.tagging.linear import SHIPPED, Head, mark, meaning
from kb.tagging.stems import stems

FOLDS = 5
PARTINGS = 3
STRENGTH = 0.5  # the inverse of the ridge
WORDS = 2.0  # how heavy words are against meaning
RARE = 3  # a stem must be in so many passages
Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """All rows, with their vectors (n, dimension) and counts of stems."""

    rows: list[Row]
    vectors: NDArray[np.float32]
    embedder: str

    @classmethod
    def of(cls, rows: list[Row]) -> "Material":
        embedder = OnnxEmbedder("minilm")
        texts = sorted({row.text for row in rows})
        vectors = dict(zip(texts, embedder.embed(texts), strict=True))
        return cls(rows, np.stack([vectors[row.text] for row in rows]), embedder.identity)

    @cached_property
    def labels(self) -> Floats:
        return np.array([row.labels for row in self.rows])

    @cached_property
    def weights(self) -> Floats:
        return np.array([row.weights for row in self.rows])

    @cached_property
    def sources(self) -> NDArray[np.str_]:
        return np.array([row.source for row in self.rows])

    @cached_property
    def _counted(self) -> tuple[Any, list[str]]:
        counter = DictVectorizer()
        counts = counter.fit_transform([dict(stems(row.text)) for row in self.rows]).tocsr()
        return counts, list(counter.get_feature_names_out())

    @property
    def counts(self) -> Any:
        return self._counted[0]

    @property
    def vocabulary(self) -> list[str]:
        return self._counted[1]


def trained(material: Material, places: Places) -> dict[str, Any]:
    """A head as `Head` reads it, from these rows; not calibrated."""
    counts = material.counts[places]
    often = np.asarray((counts > 0).sum(axis=0)).ravel()
    kept = np.flatnonzero(often >= RARE)
    rarity = np.log((1 + len(places)) / (1 + often[kept])) + 1
    counts = counts[:, kept].astype(np.float64)
    counts.data = 1 + np.log(counts.data)
    words = counts @ sparse.diags(rarity)
    lengths = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel())
    words = sparse.diags(WORDS / np.maximum(lengths, 1e-9)) @ words
    # Passages of data/stance are many and of other kinds: they do not say where the middle is.
    near = material.weights[places].max(axis=1) >= 1
    middle = material.vectors[places][near].mean(axis=0)
    centred = material.vectors[places].astype(np.float64) - middle
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    of_meaning, of_words, bias = _fitted(centred, words.tocsr(), material, places)
    names = [material.vocabulary[place] for place in kept]
    return {
        "thresholds": [0.5] * len(CRITERIA),
        "calibration": [[1.0, 0.0]] * len(CRITERIA),
        "trained_on": sorted({mark(material.rows[place].text) for place in places}),
        "bias": _rounded(bias),
        "middle": _rounded(middle),
        "meaning": [_rounded(weights) for weights in of_meaning.T],
        "words": {
            name: _rounded([rarity[at], *(WORDS * of_words[at])]) for at, name in enumerate(names)
        },
    }


def _fitted(
    centred: Floats, words: Any, material: Material, places: Places
) -> tuple[Floats, Floats, Floats]:
    """Weights of the meaning and of the words (features, criteria) and biases (criteria,) of ridge
    logistic regressions, all at once: they share what is dear to compute."""
    labels, weights = material.labels[places], material.weights[places]
    size, kinds = centred.shape[1], labels.shape[1]
    across, turned = np.ascontiguousarray(centred.T), words.T.tocsr()

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(-1, kinds)
        odds = centred @ table[:size] + words @ table[size:-1] + table[-1]
        said = 1 / (1 + np.exp(-odds))
        off = weights * (said - labels)
        cost = (weights * (np.logaddexp(0, odds) - labels * odds)).sum()
        slope = np.vstack([across @ off, turned @ off, off.sum(axis=0)])
        slope[:-1] += table[:-1] / STRENGTH
        return float(cost + (table[:-1] ** 2).sum() / (2 * STRENGTH)), slope.ravel()

    start = np.zeros((size + words.shape[1] + 1) * kinds)
    best = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300, "ftol": 1e-7}
    )
    table = best.x.reshape(-1, kinds)
    return table[:size], table[size:-1], table[-1]


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]


def scored(head: dict[str, Any], material: Material, places: Places) -> Floats:
    """(n, criteria) as the run-time scores them."""
    texts = [material.rows[place].text for place in places]
    said: Floats = Head(head).score(texts, material.vectors[places]).astype(np.float64)
    return said


def parted(sources: NDArray[np.str_], seed: int) -> dict[str, int]:
    """Each source's fold, drawn by chance and evened out by the number of passages."""
    often = Counter(sources.tolist())
    names = sorted(often)
    np.random.default_rng(seed).shuffle(names)
    load = [0] * FOLDS
    fold = {}
    for name in names:
        fold[name] = load.index(min(load))
        load[fold[name]] += often[name]
    return fold


def crossed(material: Material, places: Places, seed: int) -> tuple[Floats, Places]:
    """Uncalibrated scores of these readings by heads that saw nothing of their source, and the fold
    of each. What was written trains every head."""
    others = np.flatnonzero(material.sources == "")
    fold_of = parted(material.sources[places], seed)
    folds = np.array([fold_of[name] for name in material.sources[places]])
    said = np.empty((len(places), len(CRITERIA)))
    for fold in range(FOLDS):
        head = trained(material, np.concatenate([places[folds != fold], others]))
        said[folds == fold] = scored(head, material, places[folds == fold])
    return said, folds


def calibration(said: Floats, labels: Floats) -> list[list[float]]:
    """Slope and shift of the log-odds of each criterion."""
    odds = np.log(said / (1 - said))
    fits = [
        LogisticRegression(C=100.0).fit(odds[:, [column]], labels[:, column])
        for column in range(len(CRITERIA))
    ]
    return [_rounded([fit.coef_[0, 0], fit.intercept_[0]]) for fit in fits]


def calibrated(said: Floats, by: list[list[float]]) -> Floats:
    slope, shift = np.array(by).T
    result: Floats = 1 / (1 + np.exp(-(np.log(said / (1 - said)) * slope + shift)))
    return result


def thresholds(said: Floats, labels: Floats) -> list[float]:
    """For each criterion the threshold with the best F1, half of it counted (smoothed over five
    steps, since the peak of a few hundred passages is chance) and half expected, as if the
    probabilities were right (Lipton et al. 2014)."""
    tried = np.arange(0.10, 0.71, 0.02)
    chosen = []
    for column in range(len(CRITERIA)):
        kept = said[:, column, None] >= tried
        gold, chance = labels[:, column, None] > 0, said[:, column, None]
        counted = 2 * (kept & gold).sum(axis=0) / np.maximum(kept.sum(axis=0) + gold.sum(), 1)
        smooth = np.convolve(np.pad(counted, 2, mode="edge"), np.ones(5) / 5, "valid")
        expected = 2 * (kept * chance).sum(axis=0) / (kept.sum(axis=0) + chance.sum())
        chosen.append(round(float(tried[(smooth + expected).argmax()]), 2))
    return chosen


def head(material: Material, places: Places) -> dict[str, Any]:
    """A whole head from these readings and all that was written."""
    runs = [crossed(material, places, seed)[0] for seed in range(PARTINGS)]
    labels = np.tile(material.labels[places], (PARTINGS, 1))
    by = calibration(np.concatenate(runs), labels)
    others = np.flatnonzero(material.sources == "")
    return trained(material, np.concatenate([places, others])) | {
        "calibration": by,
        "thresholds": thresholds(calibrated(np.concatenate(runs), by), labels),
    }


def main() -> None:
    material = Material.of([*readings(), *written()])
    weights = head(material, np.flatnonzero(material.sources != ""))
    content = json.dumps(weights, ensure_ascii=False, separators=(",", ":")).encode()
    (SHIPPED / "weights.json").write_bytes(content)
    about = {
        "name": "kb-tagging",
        "licence": "Apache-2.0",
        "embedder": material.embedder,
        "criteria": {criterion.id: meaning(criterion) for criterion in FRAMEWORK.criteria},
        "sha256": {"weights.json": hashlib.sha256(content).hexdigest()},
    }
    (SHIPPED / "tagger.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")
    print(f"{len(content):,} bytes; thresholds {weights['thresholds']}")


if __name__ == "__main__":
    main()
