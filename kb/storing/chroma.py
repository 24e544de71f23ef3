"""Vectors in Chroma's folder. The folder is disposable: the catalogue decides what exists.

Chroma embeds nothing here (vectors are passed in) and reports nothing home. It needs one writing
process, which the build's lock sees to. Deleting does not erase bytes: erasure is a rebuild.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings

from kb.errors import IndexUnusable, KbError, storage_error
from kb.storing import Vectors
from kb.storing.exact import ranked

# Up to this many ids a filter is answered exactly from their vectors (0.3 s at 5,000, measured).
EXACT_AMONG = 5_000
_GET_BATCH = 5_000
# Chroma's search is approximate. With ef_search at its default of 100 it finds 0.97 of the true 100
# nearest among 100,000, filtered or not; with 1,000 it finds 0.999 (docs/results.md, Search).
_CONFIGURATION: Any = {"hnsw": {"space": "cosine", "ef_search": 1_000, "ef_construction": 200}}


class ChromaStore:
    """One Chroma collection, named after the recipe."""

    def __init__(self, folder: Path, name: str, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        with self._errors():
            self._client = chromadb.PersistentClient(
                str(folder), settings=Settings(anonymized_telemetry=False)
            )
            self._collection = self._client.get_or_create_collection(
                f"passages-{name}", embedding_function=None, configuration=_CONFIGURATION
            )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Chroma raises many kinds, from Python and from Rust; here they become ours."""
        try:
            yield
        except KbError:
            raise
        except Exception as error:
            raise storage_error(error, self._folder) or IndexUnusable(
                f"{self._folder}: Chroma cannot use this folder ({str(error)[:150]}); "
                "make it anew with: kb build --afresh"
            ) from None

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        with self._errors():
            size = self._client.get_max_batch_size()
            for start in range(0, len(ids), size):
                part = slice(start, start + size)
                self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part])

    def remove(self, ids: Collection[str]) -> None:
        listed = sorted(ids)
        with self._errors():
            size = self._client.get_max_batch_size()
            for start in range(0, len(listed), size):
                self._collection.delete(ids=listed[start : start + size])

    def __len__(self) -> int:
        with self._errors():
            return int(self._collection.count())

    def ids(self) -> set[str]:
        with self._errors():
            return set(self._collection.get(include=[])["ids"])

    def get(self, ids: Sequence[str]) -> Vectors:
        found, vectors = self._of(ids)
        if len(found) < len(ids):
            raise IndexUnusable(
                f"{self._folder}: {len(ids) - len(found)} vectors are missing; make the index "
                "anew with: kb build --afresh"
            )
        return vectors

    def _of(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """Those of `ids` that there are, in their order, and their vectors."""
        rows: dict[str, Vectors] = {}
        with self._errors():
            for start in range(0, len(ids), _GET_BATCH):
                wanted = list(ids[start : start + _GET_BATCH])
                got = self._collection.get(ids=wanted, include=["embeddings"])
                rows.update(zip(got["ids"], got["embeddings"], strict=True))
        found = [name for name in ids if name in rows]
        if not found:
            return [], np.empty((0, self._dimension), np.float32)
        return found, np.stack([rows[name] for name in found]).astype(np.float32)

    def nearest(
        self, vector: Vectors, count: int, among: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        if count < 1:
            return []
        if among is not None and len(among) <= EXACT_AMONG:
            return ranked(*self._of(sorted(among)), vector, count)
        with self._errors():
            found = self._collection.query(
                query_embeddings=[vector],
                n_results=count,
                ids=None if among is None else sorted(among),
                include=["distances"],
            )
        distances = found["distances"] or [[]]
        pairs = zip(found["ids"][0], (1.0 - float(d) for d in distances[0]), strict=True)
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def close(self) -> None:
        # Chroma keeps what it has open for a path as long as any client of the process uses it.
        with self._errors():
            self._client.close()

    def drop_others(self) -> None:
        with self._errors():
            for collection in self._client.list_collections():
                if collection.name != self._collection.name:
                    self._client.delete_collection(collection.name)
