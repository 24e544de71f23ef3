"""Files that people wrote: read, with whatever is wrong named by file, and written in one step."""

import os
import secrets
import shutil
from pathlib import Path

from kb.errors import KbError


def read(path: Path, error: type[KbError], missing: str) -> str:
    """The file's text, line ends as `\\n`, without a byte order mark. Raises `error`, with the
    next step `missing` when there is no such file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise error(f"{path}: not found; {missing}") from None
    except OSError as cause:
        raise error(f"{path}: cannot be read ({cause.strerror}); check the file") from None
    except UnicodeDecodeError as cause:
        raise error(f"{path}: not UTF-8 text (byte {cause.start}); save it as UTF-8") from None


def write(path: Path, content: bytes, like: Path) -> None:
    """Put `content` there in one step, also when the power fails; with the permissions of `like`,
    or those that the user's umask gives where there is none. Raises OSError; the file is then as
    it was."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    file = temporary.open("xb")  # not by tempfile, which asks no umask
    try:
        with file:
            if like.exists():
                shutil.copymode(like, temporary)  # before there is anything in it to be read
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name != "nt":  # Windows opens no folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
