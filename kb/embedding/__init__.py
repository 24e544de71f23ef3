"""From text to vectors.

`EMBEDDERS` names the classes that can be chosen in kb.toml; each is made by
`(model: str, allow_download: bool)` and does what `Embedder` says.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

EMBEDDERS = {
    "onnx": "kb.embedding.onnx:OnnxEmbedder",
    "transformer": "kb.embedding.transformer:TransformerEmbedder",
}


class Embedder(Protocol):
    """A model that turns texts into vectors.

    `identity` changes whenever the vectors could; `max_tokens` is the longest text, in word
    pieces with the special ones, that is read whole.
    """

    @property
    def identity(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    def count_tokens(self, text: str) -> int:
        """Length in word pieces, special ones included, nothing cut."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, each row of length 1; the same text gives the same row in
        any batch."""
