"""What was made for others → the file that the user named, in one step.

An earlier export of that name is overwritten: that is what was asked for. What belongs to a
knowledge base, this one or another, never is.
"""

from pathlib import Path

from kb import handwritten
from kb.config import FILENAME
from kb.errors import ExportError, storage_error
from kb.starters import FILES

_FOLDERS = (".kb", "corpus", "notes", "removed", ".git")
_FILES = {*FILES, "references.bib.bak", "annotations.jsonl.bak"}


def check_place(path: Path) -> None:
    """Raises ExportError where nothing may be written: a folder, or a file of a knowledge base."""
    place = path.resolve()
    if place.is_dir():
        raise ExportError(f"{path}: is a folder; name a file in it")
    if not place.parent.is_dir():
        raise ExportError(f"{place.parent}: there is no such folder; make it, or name another")
    for home in place.parents:
        if (home / FILENAME).is_file():
            first, *rest = place.relative_to(home).parts
            if (rest and first in _FOLDERS) or (not rest and first in _FILES):
                raise ExportError(
                    f"{path}: belongs to the knowledge base {home}; choose another name or folder"
                )


def deliver(path: Path, content: bytes) -> None:
    """Put it there. Raises ExportError as `check_place`, StorageError where it cannot be written;
    what was there is then as it was."""
    check_place(path)
    try:
        handwritten.write(path.resolve(), content, path.resolve())
    except OSError as error:
        raise storage_error(error, path) or error from None
