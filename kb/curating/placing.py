"""A document's file in, its place in corpus/ out: each is put there whole or not at all.

No file is written over. What a newer state of a document takes the place of is kept in removed/.
"""

import hashlib
import os
import shutil
import unicodedata
from collections import defaultdict
from pathlib import Path

from kb import handwritten
from kb.errors import ReadingError, storage_error
from kb.handwritten import PART
from kb.reading import corpus
from kb.reading.corpus import CorpusFile
from kb.records import Document

REMOVED = "removed"
"""The folder, beside corpus/, of files that were replaced."""


class Shelf:
    """The files of corpus/, also those that are put there meanwhile. For one writer."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.folder = home / "corpus"
        self._sizes: dict[int, list[str]] = defaultdict(list)
        self._names: dict[str, list[str]] = defaultdict(list)
        for file in corpus.listed(home):
            if (home / file.path).is_file():
                self._add(Path(file.path).name, file.size)

    def _add(self, name: str, size: int) -> None:
        self._sizes[size].append(name)
        self._names[stem(name)].append(name)

    @property
    def stems(self) -> set[str]:
        """The names of all files without their endings."""
        return set(self._names)

    def holds(self, path: Path) -> bool:
        """Whether the file lies in corpus/ itself."""
        return path.parent.resolve() == self.folder.resolve()

    def same(self, path: Path, digest: str) -> str:
        """The name of another file of corpus/ with these bytes, "" if there is none."""
        for name in self._sizes.get(path.stat().st_size, ()):
            other = self.folder / name
            if not _one(other, path) and corpus.digest(other) == digest:
                return name
        return ""

    def of_kind(self, citekey: str, kind: str) -> str:
        """The name of the source's file of that kind ("digest" or "original"), "" for none."""
        return next((n for n in self._names.get(citekey, ()) if self._kind(n) == kind), "")

    def _kind(self, name: str) -> str:
        """Digests are Markdown, whose reader is our own and quick."""
        if Path(name).suffix.lower() != ".md":
            return "original"
        about = CorpusFile(f"corpus/{name}", stem(name), 0, 0)
        document = corpus.read(self._home, about)
        return document.kind if isinstance(document, Document) else "original"

    def objection(
        self, citekey: str, kind: str, ending: str, *, replaces: bool
    ) -> tuple[str, str] | None:
        """Why a document of this kind cannot be put there and what to do; None where it can."""
        here, wanted = self.of_kind(citekey, kind), f"{citekey}{ending}"
        if not here:
            if wanted not in self._names.get(citekey, ()):
                return None
            what = f"corpus/{wanted} is there already, and is no {kind}"
            return what, "save this one in another format"
        what = f"'{citekey}' has another {kind} already, corpus/{here}"
        if here != wanted:
            return what, "keep that, or take it out of corpus/ and add this one again"
        if not replaces:
            return what, f"to put this one in its place: kb add --key {citekey}"
        return None

    def put(self, path: Path, digest: str, name: str) -> str:
        """Put the file with that digest into corpus/ as `name`; one that lies there already gets
        that name. What was there before is kept; returns its new place, "" if there was nothing.
        Raises ReadingError where the file has changed since, StorageError where corpus/ cannot be
        written."""
        target = self.folder / name
        try:
            self.folder.mkdir(exist_ok=True)
            part = self.folder / f"{PART}{name}"
            if _copied(path, part) != digest:
                part.unlink(missing_ok=True)
                raise ReadingError("it changed or went away while it was read; add it again")
            kept = self._kept(target) if target.exists() else ""
            part.replace(target)
            if self.holds(path):
                path.unlink()
                self._names[stem(path.name)].remove(path.name)
            handwritten.settle(self.folder)
        except OSError as error:
            raise storage_error(error, self.folder) or error from None
        self._sizes[target.stat().st_size].append(name)
        if not kept:
            self._names[stem(name)].append(name)
        return kept

    def _kept(self, old: Path) -> str:
        """Copy a file to removed/; returns the copy's place."""
        folder = self._home / REMOVED
        folder.mkdir(exist_ok=True)
        digest = corpus.digest(old)
        number, copy = 1, folder / old.name
        while copy.exists() and corpus.digest(copy) != digest:
            number += 1
            copy = folder / f"{old.stem}-{number}{old.suffix}"
        if not copy.exists():
            part = folder / f"{PART}{copy.name}"
            _copied(old, part)
            part.replace(copy)
            handwritten.settle(folder)
        return f"{REMOVED}/{copy.name}"


def stem(name: str) -> str:
    """A file's name without its ending: the citekey of a file in corpus/."""
    return unicodedata.normalize("NFC", Path(name).stem)


def _one(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve()


def _copied(source: Path, target: Path) -> str:
    """Copy a file and return the digest of what was written, "" if it cannot be read."""
    try:
        opened = source.open("rb")
    except OSError:
        return ""
    with opened, target.open("wb") as copy:
        shutil.copyfileobj(opened, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    with target.open("rb") as copy_:
        return hashlib.file_digest(copy_, "sha256").hexdigest()
