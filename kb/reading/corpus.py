"""The folder corpus/ in, the files that stand for sources out: `<citekey>.<ending>`, one each."""

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
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


def scan(home: Path, citekeys: Collection[str]) -> list[CorpusFile]:
    """Every visible file of corpus/ in the order of names, each with its problem if it has one."""
    folder = home / "corpus"
    found = sorted(p for p in folder.glob("*") if not p.name.startswith((".", "~")))
    by_key: dict[str, list[str]] = defaultdict(list)
    for path in found:
        if path.is_file() and path.suffix.lower() in READERS:
            by_key[path.stem].append(path.name)
    files = []
    for path in found:
        problem = _problem(path, folder, citekeys, by_key[path.stem])
        size, mtime = (path.stat().st_size, path.stat().st_mtime_ns) if path.exists() else (0, 0)
        files.append(CorpusFile(f"corpus/{path.name}", path.stem, size, mtime, problem))
    return files


def _problem(
    path: Path, folder: Path, citekeys: Collection[str], same_key: list[str]
) -> Problem | None:
    where = f"corpus/{path.name}"
    if path.is_dir():
        return Problem(where, "a folder, and folders in corpus/ are not read",
                       "move its files up into corpus/")  # fmt: skip
    if not path.exists() or not path.resolve().is_relative_to(folder.resolve()):
        return Problem(where, "a link that leads out of corpus/", "put the file itself there")
    if path.suffix.lower() not in READERS:
        known = ", ".join(READERS)
        return Problem(where, f"no reader for {path.suffix or 'files without an ending'}",
                       f"save it as one of: {known}")  # fmt: skip
    if len(same_key) > 1:
        return Problem(where, f"two files for one citekey ({', '.join(same_key)})",
                       "keep one of them in corpus/")  # fmt: skip
    if path.stem not in citekeys:
        return Problem(where, f"references.bib has no entry '{path.stem}'",
                       "add one, or give the file the name of an entry")  # fmt: skip
    return None


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, "" if it cannot be read (reading it will say why)."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def read(home: Path, file: CorpusFile) -> Document | Problem:
    """The document of one file, or the problem with it: one bad file never stops the others."""
    reader: Reader = resolve(READERS[Path(file.path).suffix.lower()], {}, "reader")
    try:
        document = reader(home / file.path, file.citekey)
    except ReadingError as error:
        return Problem(file.path, str(error), "mend the file and run: kb build")
    if not document.blocks:
        return Problem(file.path, "holds no text", "add text, or remove the file")
    return document
