"""What is indexed → files that hold it and nothing else, without a passage being embedded again.

A vector store marks what is removed and keeps its bytes, so the vectors of what is left are put
into a new one.
"""

import shutil
from collections.abc import Collection
from pathlib import Path

from kb.errors import storage_error
from kb.storing import VectorStore
from kb.storing.catalog import Catalog
from kb.storing.lock import KEPT

_AT_A_TIME = 5_000


def carry_over(catalog: Catalog, old: VectorStore, anew: VectorStore) -> None:
    """Put the vectors of all passages of the catalogue into another store."""
    ids = sorted(catalog.ids())
    for start in range(0, len(ids), _AT_A_TIME):
        part = ids[start : start + _AT_A_TIME]
        anew.put(part, old.get(part))


def clear(folder: Path, kept: Collection[Path]) -> None:
    """Remove all of the index folder but these and what its lock needs: earlier vectors, answers
    of services, pictures of pages. Raises StorageError."""
    for path in sorted(folder.iterdir()):
        if path in kept or path.name in KEPT:
            continue
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) or error from None
