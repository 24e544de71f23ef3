"""Paths that a person names in, the documents that are meant out."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kb.errors import KbError
from kb.reading import READERS
from kb.records import Problem
from kb.referencing import Reference, imports

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_UNSEEN = ("Thumbs.db", "desktop.ini")
# What browsers call the folder of pictures and styles that they save beside a page.
_PAGE_PARTS = re.compile(r"(.+)(?:_files|-files|\.files|_fichiers|-Dateien|_bestanden)")
_PAGES = (".html", ".htm", ".xhtml")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that is to be added.

    `given` is its path or address as the person wrote it, `path` where it lies now, `address` the
    web address that it was fetched from. `key` is the citekey that it shall have, `reference` the
    entry, `doi` the DOI, each "" or None where that is to be found out. `replaces`: it may take
    the place of an older state of itself. `problem` says why it cannot be added, `notice` what
    else there is to say.
    """

    given: str
    path: Path
    key: str = ""
    doi: str = ""
    reference: Reference | None = None
    address: str = ""
    replaces: bool = False
    problem: Problem | None = None
    notice: str = ""

    def failing(self, what: str, next_step: str) -> "Candidate":
        """The same with a problem."""
        return replace(self, problem=Problem(self.given, what, next_step))

    def failed_by(self, error: KbError) -> "Candidate":
        """The same with the problem that an error tells of, which has its next step last."""
        told = str(error).removeprefix(f"{self.given}: ")
        what, semicolon, next_step = told.rpartition("; ")
        return self.failing(what if semicolon else told, next_step if semicolon else "look there")


def is_address(given: str) -> bool:
    """Whether it is a web address and no path."""
    return _ADDRESS.match(given) is not None


def documents(given: str) -> Iterator[Candidate]:
    """The file of that path; of a folder the files in it at all depths, in the order of their
    names. Hidden files, and the parts of saved web pages, are passed over; one that cannot be
    added has a problem."""
    path = Path(given)
    try:
        folder = path.is_dir()
    except OSError:  # a name that is too long, or not for us to know
        folder = False
    if not folder:
        yield _checked(Candidate(given, path))
        return
    found = False
    unreadable: list[OSError] = []
    for inner, folders, names in os.walk(path, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not _passed_over(name, names))
        for name in sorted(name for name in names if not _hidden(name)):
            found = True
            inside = Path(inner, name)
            shown = str(Path(given, inside.relative_to(path)))
            yield _within(path, _checked(Candidate(shown, inside)))
    for error in unreadable:
        denied = Path(error.filename)
        shown = str(Path(given, denied.relative_to(path)))
        what = f"the folder cannot be read ({error.strerror})"
        yield Candidate(shown, denied).failing(what, "ask for permission, or copy it")
    if not found and not unreadable:
        yield Candidate(given, path).failing("the folder holds no documents", "name another")


def _hidden(name: str) -> bool:
    return name.startswith((".", "~")) or name in _UNSEEN


def _passed_over(folder: str, names: list[str]) -> bool:
    page = _PAGE_PARTS.fullmatch(folder)
    return _hidden(folder) or bool(page and any(page[1] + ending in names for ending in _PAGES))


def _checked(candidate: Candidate) -> Candidate:
    path = candidate.path
    ending = path.suffix.lower()
    try:
        if not path.is_file():
            there = path.exists() or path.is_symlink()
            what = "not a file that can be read" if there else "there is no such file"
            return candidate.failing(what, "check the name")
    except (OSError, ValueError):
        return candidate.failing("cannot be a file's name", "check the name")
    if ending in READERS:
        return candidate
    if ending in imports.READERS and ending != ".json":
        what = "holds references, and no document"
        return candidate.failing(what, f"take them in with: kb import {path.name}")
    what = f"no reader for {ending or 'files without an ending'}"
    return candidate.failing(what, f"save it as one of: {', '.join(READERS)}")


def _within(folder: Path, candidate: Candidate) -> Candidate:
    """A link in a folder from somebody else must not fetch what lies outside it."""
    path = candidate.path
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        return candidate.failing("a link that leads out of the folder", "add the file itself")
    return candidate
