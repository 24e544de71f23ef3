"""The folder corpus/ in, the files that stand for sources out: `<citekey>.<ending>`, one each, or
two where one is a digest in Markdown."""

import hashlib
import os
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from kb.errors import ReadingError, StorageError
from kb.lookup import resolve
from kb.reading import READERS, Reader, flagged
from kb.records import Document, Problem


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A file to be read, `path` relative to the knowledge base; `problem` if it must not be."""

    path: str
    citekey: str
    size: int
    mtime_ns: int
    problem: Problem | None = None


def listed(home: Path) -> list[CorpusFile]:
    """Every visible entry of corpus/ in the order of names, without a look inside. Raises
    StorageError where the folder must not be read: its files are then not gone."""
    files = []
    for path in _entries(home / "corpus"):
        if path.name.startswith((".", "~")) or path.name in ("Thumbs.db", "desktop.ini"):
            continue
        # macOS may spell é as e and an accent; a name that is not text at all is shown with ?
        name = path.name.encode("utf-8", "replace").decode()
        stem = unicodedata.normalize("NFC", Path(name).stem)
        shown = f"corpus/{name}"
        try:
            about = path.stat()
            files.append(CorpusFile(shown, stem, about.st_size, about.st_mtime_ns))
        except OSError:
            files.append(CorpusFile(shown, stem, 0, 0))
    return files


def _entries(folder: Path) -> list[Path]:
    try:
        os.stat(f"{folder}/.")  # noqa: PTH116, which a Path would take for the folder itself
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be read ({error.strerror}); ask for permission, nothing was changed"
        ) from None


def scan(home: Path, citekeys: Collection[str]) -> list[CorpusFile]:
    """The same, each with its problem if it must not be read."""
    root = (home / "corpus").resolve()
    files = listed(home)
    by_key: dict[str, list[str]] = defaultdict(list)
    for file in files:
        path = home / file.path
        if path.is_file() and path.suffix.lower() in READERS:
            by_key[file.citekey].append(path.name)
    checked = []
    for file in files:
        same_key = by_key[file.citekey] if file.citekey in citekeys else None
        problem = _problem(home / file.path, root, file, same_key)
        checked.append(replace(file, problem=problem))
    return checked


def _problem(
    path: Path, root: Path, file: CorpusFile, same_key: list[str] | None
) -> Problem | None:
    """`same_key` are the files of the same citekey, None when there is no such citekey."""
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
        return Problem(file.path, "a link that leads out of corpus/", "put the file itself there")
    if path.is_dir():
        return Problem(
            file.path,
            "a folder, and folders in corpus/ are not read",
            "move its files up into corpus/",
        )
    if not path.is_file():
        return Problem(file.path, "not a file that can be read", "put the file itself there")
    if path.suffix.lower() not in READERS:
        return Problem(
            file.path,
            f"no reader for {path.suffix or 'files without an ending'}",
            f"save it as one of: {', '.join(READERS)}",
        )
    if same_key is None:
        return Problem(
            file.path,
            f"references.bib has no entry '{file.citekey}'",
            "add one, or give the file the name of an entry",
        )
    # Whether the Markdown file is a digest is known when it is read (kb/build.py).
    originals = [name for name in same_key if not name.lower().endswith(".md")] or same_key
    if len(originals) > 1 and path.name in originals:
        return two_for_one(file, same_key)
    return None


def two_for_one(file: CorpusFile, names: list[str]) -> Problem:
    what = f"two files for one citekey ({', '.join(names)})"
    return Problem(file.path, what, "keep one of them in corpus/")


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, "" if it cannot be read (reading it will say why)."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def reader_of(file: CorpusFile) -> str:
    """The name of the reader for the file's ending, as READERS has it."""
    return READERS[Path(file.path).suffix.lower()]


def read(home: Path, file: CorpusFile, reader: str = "") -> Document | Problem:
    """The document of one file, or the problem with it: one bad file never stops the others. It
    is read in this process (kb/reading/isolation.py has others do it), by the reader that is
    named, or else the one for its ending. Raises UnknownName when that cannot be loaded."""
    read_file: Reader = resolve(reader or reader_of(file), {}, "reader")
    try:
        document = read_file(home / file.path, file.citekey)
        if not document.blocks:
            return without_text(file)
        return replace(document, notices=document.notices + flagged.notices(document))
    except ReadingError as error:
        return unreadable(file, str(error))
    except MemoryError:
        raise
    except Exception as error:  # whatever a parser makes of a broken file
        what = f"its reader failed ({type(error).__name__}: {str(error)[:200]})"
        return Problem(file.path, what, "save it anew from another program, or take it out")


def unreadable(file: CorpusFile, error: str) -> Problem:
    """The problem that a reader's error tells: what is wrong and, after a semicolon, what to do."""
    what, _, next_step = error.rpartition("; ")
    if not what:
        what, next_step = error, "mend the file and run: kb build"
    return Problem(file.path, what, next_step)


def without_text(file: CorpusFile) -> Problem:
    return Problem(file.path, "holds no text", "add text, or remove the file")
