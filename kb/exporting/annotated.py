"""The words of an annotated bibliography: frozen records, made by `kb.annotate`, written by the
formats beside this file.

Nothing in them is composed: what an entry says of its source is a passage as it stands, what the
catalogue knows of the file, or a note that a person wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.records import Answer, Circumstance, Criterion, Evidence, Index, Source
from kb.referencing import Note, Reference

STANCES = ("supporting", "challenging", "mixed", "context")
"""The groups of a section, in their order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one source says in one section.

    `findings` are its strongest passages there, `more` the number of those left out. `basis` is on
    whose word it stands in its group: "readers" (settled), "disputed" (readers disagree), "model"
    or "" (nobody's). `same_work` are the citekeys of other sources that are one work with it.
    """

    source: Source
    findings: tuple[Evidence, ...]
    more: int
    basis: str
    same_work: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A circumstance: what `kb ask` answers to it, and its sources in groups by what they say.

    `groups` holds the groups that were asked for, empty ones too."""

    circumstance: Circumstance
    answer: Answer
    groups: Mapping[str, tuple[Entry, ...]]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A criterion with its sections; `others` have passages about the criterion and stand in none
    of the sections."""

    criterion: Criterion
    sections: tuple[Section, ...]
    others: tuple[Entry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, in the order in which they stand."""
        groups = (group for section in self.sections for group in section.groups.values())
        return tuple(entry for group in [*groups, self.others] for entry in group)


@dataclass(frozen=True, slots=True)
class Bibliography:
    """An annotated bibliography and what it was made from.

    `question` is the framework's title and `framework` its digest; `made` the ISO date; `only` says
    what was left out on request, one phrase each. `judge` is the model that was asked, "" for
    none, and `threshold` the probability from which it takes a side. `references` and `notes` are
    by citekey, for every source in it; `kept` counts sources of the knowledge base.
    """

    question: str
    framework: str
    made: str
    index: Index
    chapters: tuple[Chapter, ...]
    references: Mapping[str, Reference]
    notes: Mapping[str, tuple[Note, ...]]
    only: tuple[str, ...] = ()
    judge: str = ""
    threshold: float = 1.0
    kept: int = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, in the order in which they stand."""
        return tuple(entry for chapter in self.chapters for entry in chapter.entries)

    @property
    def sources(self) -> dict[str, Source]:
        """The sources by citekey, in the order in which they first stand."""
        return {entry.source.citekey: entry.source for entry in self.entries}
