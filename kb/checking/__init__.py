"""What there is → what is wrong with it, and what a person should look at. Nothing is changed here.

    framework, references, annotations, entries   files that people wrote          (people.py)
    unusable, guessed, notices, families, …       sources, as a librarian sees them (sources.py)
    index, catalogue, vectors, leftovers          what is derived and can be mended (index.py)
    models, place, versions                       what all of it stands on          (place.py)

A check is a function from an open knowledge base to Problems. To add one, write it and add a line
to CHECKS. `mending` mends what is derived.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from kb.checking import index, people, place, sources
from kb.errors import ConfigError, KbError, UnknownName
from kb.knowledge_base import KnowledgeBase
from kb.records import Problem

Found = dict[str, tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class Check:
    """`level` is one of SARIF: "error" is wrong and must be mended, a "warning" wants a person's
    look, a "note" is good to know. What `needs_index` is left out where none can be opened."""

    heading: str
    level: str
    find: Callable[[KnowledgeBase], Iterable[Problem]]
    needs_index: bool = False


CHECKS = {
    "settings": Check("Settings that are not understood", "error", lambda _: ()),
    "framework": Check("The framework", "error", people.framework),
    "references": Check("Entries that cannot be read", "error", people.references),
    "entries": Check("Entries with a mistake", "error", people.mistakes),
    "annotations": Check("What people said, and cannot be read", "error", people.annotations),
    "catalogue": Check("The catalogue is damaged", "error", index.catalogue),
    "index": Check("The index is not up to date", "error", index.current),
    "unusable": Check("Cannot be used", "error", sources.unusable, True),
    "vectors": Check("The vectors are damaged", "error", index.vectors, True),
    "models": Check("Models that are not as they should be", "error", place.models),
    "place": Check("The folder and the disk", "error", place.room),
    "versions": Check("Programs that kb needs", "error", place.versions),
    "guessed": Check("Entries made from a guess", "warning", sources.guessed, True),
    "notices": Check("What readers of documents noticed", "warning", sources.notices, True),
    "families": Check("Seem to be one work, and count once", "warning", sources.families, True),
    "digests": Check(
        "Judgements on a digest whose original is here", "warning", sources.digests, True
    ),
    "judgements": Check(
        "Judgements that count for nothing", "warning", lambda base: base.problems(), True
    ),
    "earlier": Check(
        "Tags made under an earlier wording, which count", "warning", sources.earlier, True
    ),
    "copies": Check("Copies that kb does not read", "warning", place.copies),
    "shared": Check("Where the knowledge base lies", "warning", place.shared),
    "leftovers": Check("Left behind by something that was stopped", "warning", index.leftovers),
    "without_file": Check("Entries without a document", "note", sources.without_file, True),
    "incomplete": Check("Entries that lack something", "note", people.incomplete),
}
"""What is looked for, in the order in which it is told."""


def check(
    home: Path, only: Collection[str] = (), progress: Callable[[str], None] = lambda _: None
) -> Found:
    """For each of CHECKS, or `only` for those that are named, what there is to look at, in the
    order of files and entries. What keeps several checks from working, such as a framework that
    cannot be read, is told once. `progress` is told the heading of each check before it begins.
    Raises UnknownName."""
    if unknown := sorted(set(only) - CHECKS.keys()):
        raise UnknownName(f"no check '{unknown[0]}'; there are: {', '.join(CHECKS)}")
    found: Found = {name: () for name in CHECKS if not only or name in only}
    unsettled = ""
    try:
        base = KnowledgeBase(home)
        unopened = index.unopened(base)
    except ConfigError as error:
        base, unopened = KnowledgeBase.unsettled(home), True
        unsettled = str(error)
        found["settings"] = (people.told(error, home),)
    seen: set[Problem] = set()
    try:
        for name in found:
            one = CHECKS[name]
            if (unopened and one.needs_index) or (unsettled and name in _BY_SETTINGS):
                continue
            progress(one.heading)
            news = [problem for problem in _run(one, base) if problem not in seen]
            found[name] += tuple(news)
            seen.update(news)
    finally:
        base.close()
    return found


_BY_SETTINGS = ("index", "catalogue", "models", "leftovers")  # say nothing under others


def _run(one: Check, base: KnowledgeBase) -> Iterable[Problem]:
    try:
        yield from one.find(base)
    except KbError as error:
        yield people.told(error, base.home)


def wrong(found: Found) -> int:
    """How many of the problems must be mended."""
    return sum(len(of) for name, of in found.items() if CHECKS[name].level == "error")
