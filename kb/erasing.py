"""What is indexed → files that hold it and nothing else, without a passage being embedded again.

A vector store marks what is removed and keeps its bytes, so the vectors of what is left are put
into a new one. That is done by a process which never held anything else: Chroma writes memory into
its files as it finds it, with whatever stood there before.

What is to be erased is noted before the first file is deleted, and the note goes last: whatever
stops it in between, the next build finishes it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

import numpy as np

from kb import handwritten
from kb.errors import StorageError, storage_error
from kb.lookup import resolve
from kb.storing import VECTOR_STORES, VectorStore
from kb.storing.catalog import Catalog
from kb.storing.lock import KEPT

OWED = "to-erase"
"""The file of the index folder that names, a line each, the sources that are to be erased."""
_AT_A_TIME = 5_000
_CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from kb.erasing import fill; fill(*json.loads(sys.argv[2]))"
)


def carry_over(catalog: Catalog, old: VectorStore, kind: str, folder: Path, name: str) -> None:
    """Put the vectors of all passages of the catalogue into another store, of the `kind` that
    kb.toml names, made in `folder` as `name`. Raises StorageError."""
    ids = sorted(catalog.ids())
    vectors = old.get(ids)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="carry-") as temporary:
        kept = Path(temporary) / "kept.npz"
        np.savez(kept, ids=np.array(ids, dtype=np.str_), vectors=vectors)
        told = json.dumps([kind, str(folder), name, str(kept)])
        done = subprocess.run(  # noqa: S603, ourselves
            [sys.executable, "-c", _CHILD, json.dumps(sys.path), told],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        reason = " ".join(done.stderr.split())[-150:]
        raise StorageError(f"{folder}: the vectors could not be carried over ({reason})")


def fill(kind: str, folder: str, name: str, kept: str) -> None:
    """Make a store of the ids and vectors in the file `kept` (.npz)."""
    with np.load(kept, allow_pickle=False) as saved:
        ids, vectors = saved["ids"].tolist(), saved["vectors"]
    store: VectorStore = resolve(kind, VECTOR_STORES, "vector store")(
        Path(folder), name, vectors.shape[1]
    )
    for start in range(0, len(ids), _AT_A_TIME):
        store.put(ids[start : start + _AT_A_TIME], vectors[start : start + _AT_A_TIME])
    store.close()


def owe(folder: Path, citekeys: Collection[str]) -> None:
    """Note that nothing of these sources may be left in the index folder. Raises StorageError."""
    path = folder / OWED
    keys = sorted({*owed(folder), *citekeys})
    try:
        handwritten.write(path, "".join(f"{key}\n" for key in keys).encode(), path)
    except OSError as error:
        raise storage_error(error, path) or error from None


def owed(folder: Path) -> list[str]:
    """The citekeys so noted, until `paid`."""
    try:
        return (folder / OWED).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise storage_error(error, folder / OWED) or error from None


def paid(folder: Path) -> None:
    """Take the note away. Raises StorageError."""
    try:
        handwritten.settle(folder)  # what was erased, before what says so
        (folder / OWED).unlink(missing_ok=True)
        handwritten.settle(folder)
    except OSError as error:
        raise storage_error(error, folder) or error from None


def clear(folder: Path, kept: Collection[Path]) -> None:
    """Remove all of the index folder but these, what its locks need, and the note of what is owed:
    earlier vectors, answers of services, pictures of pages. Raises StorageError."""
    for path in sorted(folder.iterdir()):
        if path in kept or path.name in (*KEPT, OWED):
            continue
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) or error from None
