"""What an evidence map holds, and what it leaves to be done: small frozen records, no I/O.

Answer of each circumstance ─▶ Cell (circumstance × group × finding) ─▶ EvidenceMap ─▶ Gaps
EvidenceMap, and an earlier one ─▶ Changes
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.records import Circumstance, Criterion, Evidence, Index


class Finding(StrEnum):
    """What a work says of a circumstance; "mixed" is on both sides."""

    SUPPORTING = "supporting"
    CHALLENGING = "challenging"
    MIXED = "mixed"


class Mark(StrEnum):
    """Why a cell counts no source."""

    NONE_FOUND = "searched, none found"
    NOT_SEARCHED = "not searched"
    ABSTRACTS = "only unreadable or abstract"


EVERYTHING = "all sources"
"""The one group of a map that is not split."""


@dataclass(frozen=True, slots=True)
class Work:
    """A source, or several that are one work or study, and what of it people agree on.

    `name` is its citekeys in order, joined by "+"; `items` are never empty.
    """

    name: str
    items: tuple[Evidence, ...]

    @property
    def citation(self) -> str:
        """In author-year form; of several sources, each."""
        return " / ".join(dict.fromkeys(item.citation for item in self.items))

    @property
    def in_abstract(self) -> bool:
        """Whether no more of it was read than an abstract, or what others tell of it."""
        return all(in_abstract(item.read) or item.second_hand for item in self.items)

    @property
    def second_hand(self) -> bool:
        """Whether it is known only through another source that cites it."""
        return all(item.second_hand for item in self.items)

    @property
    def year(self) -> int | None:
        """The latest year of publication, None where none is known."""
        years = [item.source.year[:4] for item in self.items]
        return max((int(year) for year in years if year.isdecimal()), default=None)


def in_abstract(read: str) -> bool:
    """Whether what was read of a source is less than a part of its text."""
    return read in ("abstract", "secondary", "")


@dataclass(frozen=True, slots=True)
class Cell:
    """One circumstance, one group of sources, one finding.

    `works` are counted, each once; a mixed one stands in no other cell of its group. `disputed`
    are passages on which people disagree (for "mixed": on which they took opposite sides) and
    `by_model` those that stand here on a model's word alone; neither is counted. `looked` is how
    many sources of the group people judged on the circumstance, `there` how many it has. `mark`
    says why no work is counted, None where one is.
    """

    circumstance: str
    group: str
    finding: Finding
    works: tuple[Work, ...]
    disputed: tuple[Evidence, ...]
    by_model: tuple[Evidence, ...]
    looked: int
    there: int
    mark: Mark | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.circumstance, self.group, self.finding.value

    @property
    def passages(self) -> int:
        """Passages behind the works."""
        return sum(len(work.items) for work in self.works)

    @property
    def second_hand(self) -> int:
        """Works known only through another source."""
        return sum(work.second_hand for work in self.works)

    @property
    def in_abstract(self) -> bool:
        """Whether all its works were read no further than their abstracts."""
        return bool(self.works) and all(work.in_abstract for work in self.works)


Counted = Mapping[tuple[str, str, str], frozenset[str]]
"""Circumstance, group and finding → the names of the works counted there."""


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that counts other works than it did: names of works."""

    circumstance: str
    group: str
    finding: Finding
    was: int
    now: int
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceMap:
    """Where evidence is thick, thin, contested or missing.

    `by` is what sources are split by ("" for not), `groups` the groups in order. `cells` has one
    for each circumstance, group and finding, in that order. `made` is an ISO date, `sources` counts
    the entries of references.bib and `unread` names those of which nothing could be read. `since`
    says what `changes` are measured against, "" where nothing was asked; `uncompared` are
    circumstances that the earlier map did not have.
    """

    title: str
    made: str
    by: str
    groups: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    circumstances: tuple[Circumstance, ...]
    cells: tuple[Cell, ...]
    sources: int
    unread: tuple[str, ...]
    framework: str
    index: Index
    lost_judgements: int = 0
    since: str = ""
    changes: tuple[Change, ...] = ()
    uncompared: tuple[str, ...] = ()

    @property
    def counted(self) -> dict[tuple[str, str, str], frozenset[str]]:
        """What two maps are compared by."""
        return {cell.key: frozenset(work.name for work in cell.works) for cell in self.cells}

    def of(self, circumstance: str, group: str = EVERYTHING) -> tuple[Cell, ...]:
        """The three cells of a circumstance and group, supporting first."""
        return tuple(c for c in self.cells if (c.circumstance, c.group) == (circumstance, group))


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier map, as far as it is compared: where it was kept, what it was split by, which
    circumstances it had and what was counted."""

    name: str
    by: str
    circumstances: frozenset[str]
    counted: Counted


class GapKind(StrEnum):
    """What is missing, the most serious first."""

    NOT_SEARCHED = "not searched"
    NOTHING = "nothing found"
    FEW = "few sources"
    ONE_SIDE = "only one side"
    NO_STUDY = "only opinion"
    ABSTRACTS = "only abstracts"
    OLD = "only old"
    THIN_SIDE = "few on one side"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing from the evidence on a circumstance; `sources` counts works on any side.
    `side` is "" where it is about both."""

    circumstance: Circumstance
    kind: GapKind
    side: str
    sources: int
    what: str
    next_step: str
