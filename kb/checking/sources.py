"""Sources as a librarian sees them: guesses, doubles, what could not be read."""

from collections.abc import Iterator

from kb import inventory
from kb.knowledge_base import KnowledgeBase
from kb.records import Problem


def unusable(base: KnowledgeBase) -> Iterator[Problem]:
    """Files whose text is missing from every answer."""
    yield from base.index().unusable


def guessed(base: KnowledgeBase) -> Iterator[Problem]:
    for citekey, source in base.catalog.sources().items():
        if source.check:
            yield Problem(
                f"references.bib: {citekey}",
                source.check,
                "put the entry right, then delete its field kb-check",
            )


def notices(base: KnowledgeBase) -> Iterator[Problem]:
    for file in base.catalog.files().values():
        for notice in file.notices:
            yield Problem(file.path, notice, f"see what was read: kb show {file.citekey}")


def families(base: KnowledgeBase) -> Iterator[Problem]:
    """Pairs that nobody has decided on."""
    for first, second, _, why in base.catalog.links():
        if (min(first, second), max(first, second)) not in base.annotations.families:
            yield Problem(
                f"{first} and {second}",
                why,
                f"say what they are: kb family together {first} {second}, or: apart",
            )


def digests(base: KnowledgeBase) -> Iterator[Problem]:
    given = base.judgements
    judged = {name for name, _ in (*given.verdicts, *given.readings, *given.partial)}
    files = inventory.files_of(base.catalog)
    for (citekey, kind), digest in files.items():
        original = files.get((citekey, "original"))
        if kind != "digest" or original is None:
            continue
        passages = base.catalog.passages_of(citekey)
        on_digest = [p.id for p in passages if p.kind == "digest" and p.id in judged]
        if on_digest:
            yield Problem(
                digest.path,
                f"people judged its words, not those of {original.path} ({', '.join(on_digest)})",
                f"judge the original's own words: kb show {citekey}",
            )


def earlier(base: KnowledgeBase) -> Iterator[Problem]:
    """Tags on criteria that were reworded since."""
    yield from inventory.tagged_before(base.framework, base.annotations)


def without_file(base: KnowledgeBase) -> Iterator[Problem]:
    there = {file.citekey for file in base.catalog.files().values()}
    for citekey in base.catalog.sources():
        if citekey not in there:
            yield Problem(
                f"references.bib: {citekey}",
                "no document in corpus/",
                f"add one: kb add FILE --key {citekey}",
            )
