"""From passages to criteria.

`TAGGERS` names the classes that can be chosen in kb.toml; each is made by
`(framework: Framework, embedder: Embeds)` and does what `Tagger` says.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

TAGGERS = {
    "linear": "kb.tagging.linear:LinearTagger",
    "prototype": "kb.tagging.prototype:PrototypeTagger",
}


class Embeds(Protocol):
    """What a tagger wants of an embedder; `identity` changes whenever the vectors could."""

    @property
    def identity(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, each row of length 1."""


class Tagger(Protocol):
    """Says of passages how probably they are about each criterion of a framework.

    `identity` changes whenever the scores could for the same framework and embedder, and costs
    little: every question asks for it. `thresholds`: (criteria,) the scores from which a tag is
    kept. Columns are in the order of the framework.
    """

    @property
    def identity(self) -> str: ...

    @property
    def thresholds(self) -> Vectors: ...

    def score(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """(n, criteria) scores from 0 to 1 of n passages, given as texts and as the embedder's
        vectors."""

    def method(self, criterion: str) -> str:
        """In a word, how this criterion is scored."""

    def words(self, criterion: str, text: str) -> list[tuple[str, float]]:
        """Words of the text and what each adds to (or takes from) the log-odds, the weightiest
        first; none for a tagger that does not look at words."""

    def trained_on(self, text: str) -> bool:
        """Whether it was trained on this very text, so that its score there proves nothing."""
