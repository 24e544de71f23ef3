"""One writer at a time on an index folder; readers never wait.

A lock belongs to the process and goes with it, so that none outlives a crash. A note beside it
says who writes, and goes when that is done: a note of another machine's that is still there when
the lock is given means a crash there, or a network folder in which locks of one machine are nothing
to the other. Which of the two cannot be known from here, so nothing is written.
"""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from kb.errors import StorageError, storage_error

KEPT = {"write.lock", "words.lock", "writer", ".gitignore"}
FOLDER = ".kb"
"""The index folder of a knowledge base."""
_A_MOMENT = 20.0  # seconds to wait for what takes none
_NOTE = "writer"
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)


@contextmanager
def writing(
    folder: Path, *, wait: float = 0.0, tell: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold the write lock of `folder`, made if missing. For another process that is writing it
    waits so many seconds, and tells that once. Raises StorageError naming the holder when that was
    not enough."""

    def busy() -> str:
        return f"{_noted(folder) or 'another process'} is writing to the index"

    with _held(folder / "write.lock", busy, wait, tell):
        me = f"process {os.getpid()} on {socket.gethostname()}"
        before, _, host = _noted(folder).rpartition(" on ")
        if before and host != socket.gethostname():
            raise StorageError(
                f"{folder}: {before} on {host} began to write to the index and has not said that "
                f"it ended; if it runs no more, delete {folder / _NOTE} and run the command again"
            )
        try:
            try:
                (folder / ".gitignore").write_text("*\n")
                (folder / _NOTE).write_text(f"{me}\n")
            except OSError as error:
                raise storage_error(error, folder) or error from None
            yield
        finally:
            with suppress(OSError):
                (folder / _NOTE).unlink(missing_ok=True)


@contextmanager
def adding(path: Path) -> Iterator[None]:
    """Hold a file of a knowledge base's own folder while words are added to it or taken out: what
    another process adds meanwhile comes after. It is held for a moment only, and waited for.
    Raises StorageError."""
    lock = path.parent / FOLDER / "words.lock"
    with _held(lock, lambda: f"another process is writing to {path.name}", _A_MOMENT):
        yield


@contextmanager
def _held(
    path: Path, busy: Callable[[], str], wait: float, tell: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold the lock; `busy` says who does otherwise."""
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # No other kind of lock where the file system has none: it would not go with its process.
        # A generator that holds it may be closed by another thread.
        lock = FileLock(path, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                raise
            tell(f"{busy()}; waiting for it to end, {wait:.0f} seconds at most")
            lock.acquire(timeout=wait, poll_interval=0.1)
    except Timeout:
        raise StorageError(
            f"{folder}: {busy()}; wait for it to end, then run the command again"
        ) from None
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise StorageError(
                f"{folder}: this file system has no locks ({error.strerror}), as some network "
                "folders; copy the knowledge base to a disk of this machine"
            ) from None
        raise storage_error(error, folder) or error from None
    try:
        yield
    finally:
        lock.release()


def _noted(folder: Path) -> str:
    """Who wrote last and has not said that it ended; "" for nobody, or one who was killed while
    noting it."""
    try:
        note = (folder / _NOTE).read_text("utf-8", "replace")
    except OSError:
        return ""
    return note.strip() if note.endswith("\n") else ""
