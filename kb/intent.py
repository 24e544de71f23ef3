"""Example texts of a few intents in, a classifier of short texts out.

Multinomial logistic regression over two views of a text: its embedding, taken from the middle of
the examples since within one topic all are alike, and its character n-grams (McNamee and Mayfield
2004, doi:10.1023/B:INRT.0000009441.78971.be), hashed (Weinberger et al. 2009, arXiv:0902.2206), in
which a misspelt word still has most of its neighbours. Regularisation, number of columns and
lengths were chosen by cross-validation over the wordings of the shipped framework
(docs/results.md). Nothing is drawn by chance: the same examples give the same weights.
"""

import math
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]

GRAM_COLUMNS = 2048
_GRAM_LENGTHS = (3, 4, 5)  # characters, the marks of a word's beginning and end among them
_STRENGTH = 8.0  # how much the examples count against weights near zero; C of liblinear
_STEPS = 200  # between 100 and 300, cross-validation moves by 0.004
_WORD = re.compile(r"\w+")


def middle(labels: Sequence[str], vectors: Rows) -> Rows:
    """(d,) mean of the vectors (n, d) whose label is not "", which stands for none of the intents;
    zeros if there are none."""
    own = vectors[[label != "" for label in labels]]
    mean: Rows = own.mean(axis=0) if len(own) else np.zeros_like(vectors[0])
    return mean


def features(texts: Sequence[str], vectors: Rows, middle: Rows) -> Rows:
    """(n, d) unit vectors of n texts and the (d,) middle → (n, d + GRAM_COLUMNS): both views of
    each text, each of length 1 (or 0 where there is nothing in it)."""
    return np.hstack([unit(vectors - middle), _grams(texts)])


def fit(labels: Sequence[str], rows: Rows) -> dict[str, Rows]:
    """Weights of each label, (columns + 1,), the last one for every text; at least one example.

    Accelerated gradient descent (Nesterov 1983) on the coefficients of the examples, which are
    fewer than the columns; the step is the inverse of a bound on the curvature.
    """
    names = sorted(set(labels))
    count = len(labels)
    wanted = np.array([[name == label for name in names] for label in labels], np.float32)
    alike: Rows = rows @ rows.T + np.float32(1.0)
    damping = 1.0 / (_STRENGTH * count)
    step = 1.0 / (0.5 * _largest_eigenvalue(alike) / count + damping)
    now: Rows = np.zeros_like(wanted)
    ahead: Rows = now
    for turn in range(_STEPS):
        slope: Rows = (_softmax(alike @ ahead) - wanted) / np.float32(count) + damping * ahead
        before, now = now, (ahead - step * slope).astype(np.float32)
        ahead = (now + turn / (turn + 3) * (now - before)).astype(np.float32)
    weights = np.vstack([rows.T @ now, now.sum(axis=0)]).astype(np.float32)
    return {name: weights[:, column] for column, name in enumerate(names)}


def probabilities(weights: Mapping[str, Rows], row: Rows) -> dict[str, float]:
    """How probably a text with these features, (columns,), has each label; they sum to 1."""
    if not weights:
        return {}
    scores = np.stack(list(weights.values())) @ np.append(row, np.float32(1.0))
    return dict(zip(weights, _softmax(scores[None])[0].tolist(), strict=True))


def unit(vectors: Rows) -> Rows:
    """Each vector at length 1; one that is nearly zero stays so."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Rows = vectors / np.maximum(length, 1e-6)
    return scaled


def _grams(texts: Sequence[str]) -> Rows:
    rows = np.zeros((len(texts), GRAM_COLUMNS), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for gram, count in _counted(text).items():
            place = zlib.crc32(gram.encode())
            row[place % GRAM_COLUMNS] += (1 + math.log(count)) * (1 if place >> 31 else -1)
    return unit(rows)


def _counted(text: str) -> Counter[str]:
    plain = re.sub(r"['’]", "", text.casefold())
    words = [f"^{word}$" for word in _WORD.findall(plain)]
    return Counter(
        word[start : start + length]
        for word in words
        for length in _GRAM_LENGTHS
        for start in range(len(word) - length + 1)
    )


def _softmax(scores: Rows) -> Rows:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Rows = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _largest_eigenvalue(matrix: Rows) -> float:
    """Of a symmetric, not negative matrix, by power iteration; its trace bounds it from above."""
    guess = np.ones(len(matrix), np.float32)
    for _ in range(20):
        guess = matrix @ guess
        guess /= np.linalg.norm(guess)
    return float(guess @ matrix @ guess)
