"""Files that people wrote: read, with whatever is wrong named by file, and written in one step.

What is killed while it writes leaves the file as it was, and beside it at most a part of the new
one, whose name begins with PART; `sweep` removes these. Of a file that is written anew, what was in
it before stays beside it, in one backup (`replace`).
"""

import errno
import glob
import os
import shutil
from pathlib import Path

from kb.errors import KbError, StorageError, storage_error

PART = ".kb-part-"
"""With this begins the name of what is not yet written whole."""
_NAMES = ("annotations.jsonl", "criteria.yaml", "references.bib")
_WITHOUT_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP)


def read(path: Path, error: type[KbError], missing: str) -> str:
    """The file's text, line ends as `\\n`, without a byte order mark. Raises `error`, with the
    next step `missing` when there is no such file."""
    return text_of(path, content(path, error, missing), error)


def content(path: Path, error: type[KbError], missing: str) -> bytes:
    """The file's bytes. Raises as `read`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise error(f"{path}: not found; {missing}") from None
    except OSError as cause:
        raise error(f"{path}: cannot be read ({cause.strerror}); check the file") from None


def text_of(path: Path, held: bytes, error: type[KbError]) -> str:
    """The text of a file that holds these bytes, as `read` gives it."""
    try:
        text = held.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise error(f"{path}: not UTF-8 text (byte {cause.start}); save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write(path: Path, content: bytes, like: Path) -> None:
    """Put `content` there in one step, also when the power fails; with the permissions of `like`
    or, where there is no such file, those that new files have. Raises OSError; the file is then as
    it was, or as it was to be."""
    temporary = path.with_name(f"{PART}{path.name}-{os.urandom(4).hex()}")
    there = like.exists()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, 0o600 if there else 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if there:
            shutil.copymode(like, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    settle(path.parent)


def settle(folder: Path) -> None:
    """Have the names in a folder on disk: what was made there, renamed or removed. Raises
    OSError."""
    if os.name == "nt":  # Windows opens no folders
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _WITHOUT_FOLDER_SYNC:  # a network folder has no such thing
            raise
    finally:
        os.close(handle)


def backup(path: Path) -> Path:
    """Where `replace` leaves what was in the file before."""
    target = path.resolve()  # what a link leads to, not the link
    return target.with_name(f"{target.name}.bak")


def replace(path: Path, before: bytes, after: bytes, *, keep: bool = True) -> None:
    """Put `after` into the file in the place of `before`, which is kept in its one backup, unless
    it is not to be kept. Raises StorageError, also when the file holds something else than
    `before` by now; it is then as it was."""
    target = path.resolve()
    try:
        if before and keep:
            write(backup(path), before, target)
        if (target.read_bytes() if target.exists() else b"") != before:
            raise StorageError(f"{path}: was changed by another program meanwhile; try again")
        write(target, after, target)
    except OSError as error:
        raise storage_error(error, path) or error from None


def sweep(home: Path) -> None:
    """Remove what killed runs have left half-written of a knowledge base's files. Only for who
    holds its locks: nobody else is writing then. Raises OSError."""
    for name in _NAMES:
        clear_parts(home / name)
    for folder in ("corpus", "removed"):
        for left in sorted((home / folder).glob(f"{PART}*")):
            left.unlink(missing_ok=True)


def clear_parts(path: Path) -> None:
    """Remove what killed runs have left half-written of one file or its backup."""
    for left in sorted(path.parent.glob(f"{PART}{glob.escape(path.name)}*")):
        left.unlink(missing_ok=True)
