"""Brute force over one .npz file: exact, simple, and the reference that Chroma is tested against.

Right for small collections; every `put` writes the file anew.
"""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from kb.errors import IndexUnusable, storage_error
from kb.storing import Vectors


def ranked(
    ids: Sequence[str], vectors: Vectors, vector: Vectors, count: int
) -> list[tuple[str, float]]:
    """The `count` of `ids` whose vectors have the highest cosine to `vector`, ties by id."""
    # Not `@`: BLAS may give equal rows different last bits, and ties would not be ties.
    cosines = np.einsum("ij,j->i", vectors, vector)
    order = sorted(range(len(ids)), key=lambda row: (-cosines[row], ids[row]))[:count]
    return [(ids[row], float(cosines[row])) for row in order]


class ExactStore:
    """All vectors in memory, read from `<folder>/<name>.npz` if it is there."""

    def __init__(self, folder: Path, name: str, dimension: int) -> None:
        self._path = folder / f"{name}.npz"
        self._rows: dict[str, Vectors] = {}
        self._dimension = dimension
        if self._path.is_file():
            try:
                with self._path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
                    self._rows = dict(zip(saved["ids"].tolist(), saved["vectors"], strict=True))
            except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
                raise storage_error(error, self._path) or IndexUnusable(
                    f"{self._path}: damaged; make the index anew with: kb build --afresh"
                ) from None

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        self._rows.update(zip(ids, vectors.astype(np.float32), strict=True))
        self._save()

    def remove(self, ids: Collection[str]) -> None:
        for name in ids:
            self._rows.pop(name, None)
        self._save()

    def __len__(self) -> int:
        return len(self._rows)

    def ids(self) -> set[str]:
        return set(self._rows)

    def get(self, ids: Sequence[str]) -> Vectors:
        if not ids:
            return np.empty((0, self._dimension), np.float32)
        try:
            return np.stack([self._rows[name] for name in ids])
        except KeyError as missing:
            raise IndexUnusable(
                f"{self._path}: the vector of {missing} is missing; make the index anew with: "
                "kb build --afresh"
            ) from None

    def nearest(
        self, vector: Vectors, count: int, among: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        ids = sorted(self._rows.keys() if among is None else self._rows.keys() & set(among))
        return ranked(ids, self.get(ids), vector, count)

    def close(self) -> None:
        self._rows.clear()

    def drop_others(self) -> None:
        for path in self._path.parent.glob("*.npz"):
            if path != self._path:
                path.unlink(missing_ok=True)

    def _save(self) -> None:
        temporary = self._path.with_suffix(".tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                np.savez(file, ids=np.array(list(self._rows)), vectors=self.get(list(self._rows)))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError as error:
            raise storage_error(error, self._path) or error from None
