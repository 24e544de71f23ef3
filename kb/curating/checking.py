"""A knowledge base in, all that a librarian should look at out, group by group."""

from collections.abc import Iterator

from kb import inventory
from kb.knowledge_base import KnowledgeBase
from kb.records import Problem

GROUPS = {
    "unusable": "Cannot be used",
    "guessed": "Entries made from a guess",
    "notices": "What readers of documents noticed",
    "families": "Seem to be one work, and count once",
    "digests": "Judgements on a digest whose original is here",
    "judgements": "Judgements that count for nothing",
    "earlier": "Tags made under an earlier wording, which count",
    "without_file": "Entries without a document",
}
"""What is looked for, and the heading of each group."""


def check(base: KnowledgeBase) -> dict[str, tuple[Problem, ...]]:
    """For each of GROUPS what there is to look at, in the order of files and entries. What is in
    "unusable" is missing from answers; all else is in them and may need a person. Raises KbError
    where there is no index to look into."""
    index, judgements = base.index(), base.problems()
    with base.catalog.snapshot():
        found = {
            "unusable": index.unusable,
            "guessed": tuple(_guessed(base)),
            "notices": tuple(_notices(base)),
            "families": tuple(_families(base)),
            "digests": tuple(_digests(base)),
            "judgements": tuple(judgements),
            "earlier": tuple(inventory.tagged_before(base.framework, base.annotations)),
            "without_file": tuple(_without_file(base)),
        }
    return {group: found[group] for group in GROUPS}


def _guessed(base: KnowledgeBase) -> Iterator[Problem]:
    for citekey, source in base.catalog.sources().items():
        if source.check:
            yield Problem(
                f"references.bib: {citekey}",
                source.check,
                "put the entry right, then delete its field kb-check",
            )


def _notices(base: KnowledgeBase) -> Iterator[Problem]:
    for file in base.catalog.files().values():
        for notice in file.notices:
            yield Problem(file.path, notice, f"see what was read: kb show {file.citekey}")


def _families(base: KnowledgeBase) -> Iterator[Problem]:
    """Pairs that nobody has decided on."""
    for first, second, _, why in base.catalog.links():
        if (min(first, second), max(first, second)) not in base.annotations.families:
            yield Problem(
                f"{first} and {second}",
                why,
                f"say what they are: kb family together {first} {second}, or: apart",
            )


def _digests(base: KnowledgeBase) -> Iterator[Problem]:
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


def _without_file(base: KnowledgeBase) -> Iterator[Problem]:
    there = {file.citekey for file in base.catalog.files().values()}
    for citekey in base.catalog.sources():
        if citekey not in there:
            yield Problem(
                f"references.bib: {citekey}",
                "no document in corpus/",
                f"add one: kb add FILE --key {citekey}",
            )
