"""Sources that are one work or one study: what seems so, and what people say of it.

Nothing is merged or removed by it: sources of one family are counted once in an answer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from kb import inventory
from kb.knowledge_base import KnowledgeBase
from kb.records import Source
from kb.storing import lines


@dataclass(frozen=True, slots=True)
class Family:
    """Sources that count as one, by citekey, and `why`: one line for each pair."""

    sources: tuple[Source, ...]
    why: tuple[str, ...]


def families(base: KnowledgeBase) -> list[Family]:
    """All families, by their first citekey. Raises KbError where there is no index."""
    base.index()
    with base.reading():
        sources = base.catalog.sources({key for family in base.families for key in family})
        why = _why(base)
        return [
            Family(
                tuple(sources[key] for key in family if key in sources),
                tuple(
                    why[first, second]
                    for place, first in enumerate(family)
                    for second in family[place + 1 :]
                    if (first, second) in why
                ),
            )
            for family in base.families
        ]


def _why(base: KnowledgeBase) -> dict[tuple[str, str], str]:
    """By pair, in their order, what links it."""
    found = {}
    for first, second, _, why in base.catalog.links():
        found[min(first, second), max(first, second)] = f"{first} and {second}: {why}"
    for (first, second), (together, by) in base.annotations.families.items():
        if together:
            found[first, second] = f"{first} and {second}: {by} says so"
    return found


def decide(base: KnowledgeBase, first: str, second: str, by: str, *, together: bool) -> None:
    """Write down in annotations.jsonl that `by` holds two sources to be one work, or two. It
    counts at once. Raises UnknownName for a citekey that is not there, AnnotationError for one
    source named twice or an empty name, StorageError."""
    base.index()
    known = base.catalog.sources([first, second])
    for citekey in (first, second):
        if citekey not in known:
            raise inventory.unknown_source(base.catalog, citekey)
    row = {
        "type": "family",
        "sources": [first, second],
        "together": together,
        "by": by,
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    lines.append(base.home / "annotations.jsonl", row)
