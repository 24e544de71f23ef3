"""One writer at a time on an index folder; readers never wait.

The lock belongs to the process and goes with it, so that none outlives a crash; a note beside it
says who holds it.
"""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kb.errors import StorageError, storage_error

KEPT = {"write.lock", "writer", ".gitignore"}


@contextmanager
def writing(folder: Path, *, afresh: bool) -> Iterator[None]:
    """Hold the write lock of `folder`, made if missing; `afresh` empties it first. Raises
    StorageError naming the holder when another process is writing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "write.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise StorageError(
            f"{folder}: {_holder(folder)} is writing to the index; wait for it to end, "
            "then run the command again"
        ) from None
    except OSError as error:
        raise storage_error(error, folder) or error from None
    try:
        try:
            (folder / ".gitignore").write_text("*\n")
            (folder / "writer").write_text(f"process {os.getpid()} on {socket.gethostname()}")
            if afresh:
                _empty(folder)
        except OSError as error:
            raise storage_error(error, folder) or error from None
        yield
    finally:
        lock.release()


def _holder(folder: Path) -> str:
    try:
        return (folder / "writer").read_text() or "another process"
    except OSError:
        return "another process"


def _empty(folder: Path) -> None:
    """The catalogue first: without it, what is left of the vectors means nothing."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in KEPT:
            path.unlink()
