"""Files that people wrote: read, with whatever is wrong named by file, and written in one step."""

import os
import shutil
import tempfile
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
    """Put `content` there in one step, also when the power fails; with the permissions of `like`.
    Raises OSError; the file is then as it was."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if like.exists():
            shutil.copymode(like, temporary)
        else:
            temporary.chmod(0o644)
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
