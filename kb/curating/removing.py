"""A source taken out of a knowledge base, to be put back at any time; or forgotten, for good.

What is removed lies in removed/, its entry in removed/references.bib. Of what is forgotten no byte
is left there, in the index, or in the backup of references.bib; people's own annotations.jsonl
keeps its lines unless it is said that these go too.
"""

import difflib
import re
import shutil
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kb import framework, handwritten
from kb.errors import IndexUnusable, KbError, UnknownName, storage_error
from kb.knowledge_base import KnowledgeBase
from kb.reading import bibliography, corpus
from kb.records import FileOutcome
from kb.referencing import bibfile, bibtex
from kb.storing import annotations

FOLDER = "removed"
_REFERENCES = "references.bib"
_ANNOTATIONS = "annotations.jsonl"

Tell = Callable[[FileOutcome], None]


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a knowledge base has of some sources: the `files` in corpus/ and those `put_by` in
    removed/, as paths relative to it; the citekeys with `entries` in references.bib; `quotes`, how
    many lines of annotations.jsonl have words of theirs. `judged` are ids of other citekeys, which
    had the words judged before."""

    citekeys: tuple[str, ...]
    files: tuple[str, ...]
    put_by: tuple[str, ...]
    entries: tuple[str, ...]
    quotes: int
    judged: frozenset[str]


def belongings(base: KnowledgeBase, citekeys: Iterable[str]) -> Belongings:
    """What there is of these sources. Raises UnknownName for a citekey of which there is nothing,
    and KbError where a file of the knowledge base is broken: that is said before anything is
    done."""
    keys = tuple(dict.fromkeys(citekeys))
    framework.load(base.home / "criteria.yaml")
    annotations.load(base.home / _ANNOTATIONS)
    sources = bibliography.load(base.home / _REFERENCES)
    put_by = _citekeys(base.home / FOLDER / _REFERENCES)
    indexed, anchors = _indexed(base)
    files, removed = [], []
    path = base.home / _ANNOTATIONS
    for key in keys:
        here = list(_in_corpus(base.home, key))
        there = list(_put_by(base.home, key, {*sources, *put_by, *indexed}))
        known = here or there or key in {*sources, *put_by, *indexed, *base.owed}
        if not known and not annotations.quoting(path, [key]):
            raise _unknown(key, sources)
        files += here
        removed += there
    judged = frozenset(name for name, now in anchors.items() if now.partition("#")[0] in keys)
    return Belongings(
        keys,
        tuple(files),
        tuple(removed),
        tuple(key for key in keys if key in sources),
        annotations.quoting(path, keys, judged),
        judged,
    )


def remove(base: KnowledgeBase, what: Belongings, tell: Tell = lambda _: None) -> tuple[str, ...]:
    """Move the files of corpus/ into removed/, where nothing is written over, and the entries to
    removed/references.bib; then build, and `tell` of each document. Returns the new places of the
    files, in their order. Raises KbError; what it has not come to is as it was."""
    with base.writing():
        moved = tuple(_moved(base.home, path) for path in what.files)
        if what.entries:
            _made(base.home / FOLDER)
            put_by = base.home / FOLDER / _REFERENCES
            bibfile.take_out(base.home / _REFERENCES, what.entries, into=put_by)
        for outcome in base.build(withdrawn=what.citekeys):
            tell(outcome)
    return moved


def forget(
    base: KnowledgeBase,
    what: Belongings,
    tell: Tell = lambda _: None,
    *,
    also_annotations: bool = False,
) -> None:
    """Delete the files and entries, also those in removed/, and leave nothing of them in the index;
    `also_annotations`: and remove the lines of annotations.jsonl that quote them. `tell` as in
    `remove`. Raises KbError; what it has not come to is as it was."""
    with base.writing():
        base.owe_erasure(what.citekeys)
        _delete(base.home, what)
        if also_annotations:
            annotations.take_out(base.home / _ANNOTATIONS, what.citekeys, what.judged)
        try:
            for outcome in base.build(withdrawn=what.citekeys):
                tell(outcome)
        except KbError as error:
            raise KbError(
                f"{error} (the files are deleted, but the index may still hold their text; it will "
                "not after: kb build)"
            ) from None


def _delete(home: Path, what: Belongings) -> None:
    """Files and entries, and what has copies of them."""
    folder = home / FOLDER
    try:
        handwritten.sweep(home)
    except OSError as error:
        raise storage_error(error, home) or error from None
    _take_out(folder / _REFERENCES, what.citekeys)
    for path in (*what.files, *what.put_by):
        _deleted(home / path)
    _take_out(home / _REFERENCES, what.citekeys)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _indexed(base: KnowledgeBase) -> tuple[set[str], dict[str, str]]:
    """Citekeys that the index knows, and where judgements whose passage is gone stand now."""
    try:
        base.index()  # sees what has changed since it was opened
        return set(base.catalog.sources()), base.catalog.anchors()
    except IndexUnusable:
        return set(), {}


def _in_corpus(home: Path, citekey: str) -> Iterator[str]:
    for file in corpus.listed(home):
        path = home / file.path
        if file.citekey == citekey and (path.is_symlink() or path.is_file()):
            yield file.path


def _put_by(home: Path, citekey: str, known: Collection[str]) -> Iterator[str]:
    """Files of removed/ with the source's name, or with it and a number; unless that is the name
    of another source."""
    for path in sorted((home / FOLDER).glob("*")):
        stem = unicodedata.normalize("NFC", path.stem)
        numbered = re.fullmatch(rf"{re.escape(citekey)}-\d+", stem) and stem not in known
        if path.is_file() and path.name != _REFERENCES and (stem == citekey or numbered):
            yield f"{FOLDER}/{path.name}"


def _citekeys(path: Path) -> set[str]:
    """Those of a .bib file, as far as it can be read."""
    if not path.is_file():
        return set()
    text = path.read_text("utf-8-sig", errors="replace")
    return {reference.citekey for reference in bibtex.read(text, str(path)).references}


def _unknown(key: str, sources: Collection[str]) -> UnknownName:
    near = difflib.get_close_matches(key, sources, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "list them with: kb sources"
    return UnknownName(f"no source '{key}'; {hint}")


def _made(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder) or error from None


def _moved(home: Path, path: str) -> str:
    """Move a file into removed/; returns its place there."""
    _made(home / FOLDER)
    old = home / path
    number, target = 1, home / FOLDER / old.name
    while target.exists() or target.is_symlink():
        number += 1
        target = home / FOLDER / f"{old.stem}-{number}{old.suffix}"
    try:
        shutil.move(old, target)
        handwritten.settle(old.parent)
        handwritten.settle(target.parent)
    except OSError as error:
        raise storage_error(error, old) or error from None
    return f"{FOLDER}/{target.name}"


def _deleted(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, path) or error from None


def _take_out(path: Path, citekeys: Collection[str]) -> None:
    """Without a backup, and without the file where nothing is left in it that was put by."""
    _deleted(handwritten.backup(path))
    if not path.is_file():
        return
    bibfile.take_out(path, citekeys)
    if path.parent.name == FOLDER and not path.read_bytes().strip():
        _deleted(path)
