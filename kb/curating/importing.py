"""Another program's references in, entries of references.bib and their files in corpus/ out."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kb.curating.entries import Entries
from kb.curating.gathering import Candidate, documents
from kb.curating.intake import Help, Intake, Progress
from kb.knowledge_base import KnowledgeBase
from kb.records import FileOutcome, Problem
from kb.referencing import Import, Reference, bibfile, imports

_FIRST = (".pdf", ".docx", ".html", ".htm", ".xhtml", ".txt", ".md")
"""Of several attachments the first of these is taken: a source has one original."""


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """What became of one reference: `status` is "added", "known" or "failed"; `citekey` is the
    one that it has here, "" where it failed."""

    citekey: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the references of a file, in their order, and of their attachments;
    `notices` are what a person should know of the file."""

    entries: tuple[EntryOutcome, ...]
    outcomes: tuple[FileOutcome, ...]
    notices: tuple[str, ...] = ()


def import_(
    base: KnowledgeBase,
    path: Path,
    folders: Iterable[Path] = (),
    progress: Progress = lambda _: None,
) -> Imported:
    """Import a file of references; attachments are looked for beside it, where their paths say,
    and in `folders`. An entry that was there stays as it is. Raises KbError."""
    found = imports.read(path, folders)
    _ = base.framework, base.annotations  # what is broken there should stop us before we begin
    with base.writing():
        entries = Entries.of(base)
        chosen = [_chosen(entries, one) for one in found.references]
        refused = entries.write()
        relations = entries.relations(entries.added)
        told = [_told(one, refused, relations) for one in chosen]
        usable = [
            (reference, one.citekey)
            for reference, one in zip(found.references, told, strict=True)
            if one.status != "failed"
        ]
        intake = Intake(base, entries, Help(), progress=progress)
        intake.add([file for reference, key in usable for file in _attached(reference, key)])
        outcomes = intake.built(base)
    aside = [file for reference, key in usable for file in _aside(reference, key)]
    return Imported((*told, *_broken(found)), (*outcomes, *aside), found.notices)


def _chosen(entries: Entries, reference: Reference) -> EntryOutcome:
    found = entries.known(reference)
    if found.citekey:
        lacking = _lacking(entries.references[found.citekey], reference)
        return EntryOutcome(found.citekey, "known", lacking)
    made = entries.make(reference, check=found.reason)
    renamed = reference.citekey and made.citekey != reference.citekey
    said = f"its citekey '{reference.citekey}' is taken or cannot be one" if renamed else ""
    return EntryOutcome(made.citekey, "added", "; ".join(filter(None, [said, made.reason])))


def _lacking(here: Reference, reference: Reference) -> str:
    """What the import has and the entry has not, which stays so: the entry is people's own."""
    there = bibfile.plain_fields(here)
    more = [name for name in bibfile.plain_fields(reference) if not there.get(name)]
    return f"left as it was; the import also has: {', '.join(more)}" if more else ""


def _told(
    one: EntryOutcome, refused: dict[str, str], relations: dict[str, list[str]]
) -> EntryOutcome:
    if why := refused.get(one.citekey):
        return EntryOutcome("", "failed", why)
    related = relations.get(one.citekey, []) if one.status == "added" else []
    return replace(one, reason="; ".join(filter(None, [one.reason, *related])))


def _broken(found: Import) -> list[EntryOutcome]:
    return [EntryOutcome("", "failed", str(problem)) for problem in found.problems]


def _attached(reference: Reference, key: str) -> list[Candidate]:
    """The attachment to take in, if there is one."""
    files = _by_rank(reference.files)
    if not files:
        return []
    return [replace(one, key=key) for one in documents(files[0])]


def _aside(reference: Reference, key: str) -> list[FileOutcome]:
    """What became of the other attachments, and of those that were not found."""
    others = [
        FileOutcome(path, key, "unchanged", notice=f"left aside: '{key}' has one original")
        for path in _by_rank(reference.files)[1:]
    ]
    next_step = f"if you have it, kb add --key {shlex.quote(key)} with its path"
    missing = (
        Problem(path, "the attachment was not found", next_step) for path in reference.missing
    )
    return others + [FileOutcome(one.where, key, "failed", problem=one) for one in missing]


def _by_rank(files: Sequence[str]) -> list[str]:
    ranks = {ending: rank for rank, ending in enumerate(_FIRST)}
    return sorted(files, key=lambda path: ranks.get(Path(path).suffix.lower(), len(ranks)))
