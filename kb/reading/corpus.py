"""The folder corpus/ in, the files that stand for sources out: `<citekey>.<ending>`, one each."""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from kb.errors import ReadingError
from kb.lookup import resolve
from kb.reading import READERS, Reader
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
    """Every visible entry of corpus/ in the order of names, without a look inside."""
    files = []
    for path in sorted((home / "corpus").glob("*")):
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
    if path.is_symlink() and not path.resolve().is_relative_to(root):
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
    if len(same_key) > 1:
        return Problem(
            file.path,
            f"two files for one citekey ({', '.join(same_key)})",
            "keep one of them in corpus/",
        )
    return None


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
        return document if document.blocks else without_text(file)
    except ReadingError as error:
        return unreadable(file, str(error))
    except MemoryError:
        raise
    except Exception as error:  # whatever a parser makes of a broken file
        return unreadable(file, f"its reader failed ({type(error).__name__}: {str(error)[:200]})")


def unreadable(file: CorpusFile, what: str) -> Problem:
    return Problem(file.path, what, "mend the file and run: kb build")


def without_text(file: CorpusFile) -> Problem:
    return Problem(file.path, "holds no text", "add text, or remove the file")
