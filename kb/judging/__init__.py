"""From (claim, passage) to stance.

`JUDGES` names the classes that can be chosen in kb.toml; each is made by `(model: str)` and does
what `Judge` says. `kb.judging.windows` asks one of them about whole passages, long ones in parts;
`kb.judging.llm` asks a language model for a second opinion.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.records import Stance

Probabilities = NDArray[np.float64]
Pair = tuple[str, str]  # (claim, passage)
STANCES = tuple(Stance)  # the order of the columns of Probabilities

JUDGES = {
    "onnx": "kb.judging.onnx:OnnxJudge",
    "transformer": "kb.judging.transformer:TransformerJudge",
}


class Judge(Protocol):
    """A model that judges pairs.

    `identity` changes whenever the judgements could. `threshold` is the probability from which a
    side may be shown as one; `calibrated` whether the probabilities were fitted to how often such
    judgements are right.
    """

    @property
    def identity(self) -> str: ...

    @property
    def threshold(self) -> float: ...

    @property
    def calibrated(self) -> bool: ...

    def probabilities(self, pairs: Sequence[Pair], *, thorough: bool = True) -> Probabilities:
        """(n, 3) in the order of STANCES, rows adding up to 1; the same pair gives the same row in
        any batch. What is longer than the model reads is cut at its end. A judge that has a slower
        and better way uses it unless `thorough` is false."""


def softmax(logits: NDArray[np.float32 | np.float64]) -> Probabilities:
    """(n, 3) logits to probabilities."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    scaled: Probabilities = shifted / shifted.sum(axis=-1, keepdims=True)
    return scaled
