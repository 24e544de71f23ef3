"""What is on disk: the catalogue (SQLite), vectors (Chroma or brute force), people's annotations.

`VECTOR_STORES` names the classes that can be chosen in kb.toml; each is made by
`(folder: Path, name: str, dimension: int)` and does what `VectorStore` says. A store keeps the
vectors of one recipe, which `name` stands for; those of another name are not seen.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

VECTOR_STORES = {
    "chroma": "kb.storing.chroma:ChromaStore",
    "exact": "kb.storing.exact:ExactStore",
}


class VectorStore(Protocol):
    """Unit vectors by passage id, on disk."""

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add or replace; on return the vectors are on disk."""

    def remove(self, ids: Collection[str]) -> None:
        """Forget these ids; unknown ones are ignored."""

    def __len__(self) -> int:
        """How many there are."""

    def ids(self) -> set[str]:
        """All ids there are."""

    def get(self, ids: Sequence[str]) -> Vectors:
        """(n, dimension) vectors in the order of `ids`, all of which must be there."""

    def nearest(
        self, vector: Vectors, count: int, among: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """At most `count` (id, cosine) by falling cosine, ties by id; only `among` if given."""

    def close(self) -> None:
        """Let go of the files; the store is not used after this."""

    def drop_others(self) -> None:
        """Remove the vectors of other recipes."""
