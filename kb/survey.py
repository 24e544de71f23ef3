"""An open index and people's judgements → an evidence map, and what changed since an earlier one.

circumstances ──▶ what stands on each (standing) ──▶ cells (chart) ──▶ EvidenceMap ──▶ changes
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from kb import chart, inventory
from kb.consult import Panel
from kb.errors import QuestionError
from kb.exporting import map_csv, map_json
from kb.framework import Framework
from kb.inquiry import standing
from kb.maps import Earlier, EvidenceMap
from kb.records import Index
from kb.storing.annotations import Annotations
from kb.storing.catalog import Catalog

_READERS = {".csv": map_csv.read, ".json": map_json.read}


@dataclass(frozen=True, slots=True)
class Field:
    """What is surveyed: an open catalogue, the framework, and people's judgements, each under the
    passage that has its words now. `panel` is who has judged besides (None: nobody); `families` as
    `weigh` has them."""

    catalog: Catalog
    framework: Framework
    annotations: Annotations
    index: Index
    panel: Panel | None = None
    families: Mapping[str, str] = field(default_factory=dict)


def draw(of: Field, by: str, criterion: str | None) -> EvidenceMap:
    """The map of all circumstances, or of one criterion's; `by` as `chart.ground` has it. Raises
    KbError for an unknown name."""
    chosen = of.framework.criterion(criterion).id if criterion else ""
    criteria = tuple(c for c in of.framework.criteria if chosen in ("", c.id))
    circumstances = tuple(
        c for one in criteria for c in of.framework.circumstances if c.criterion == one.id
    )
    summaries = inventory.sources(of.catalog, of.framework, None)
    on = chart.ground(summaries, by, of.framework.settings, of.families)
    answers = {
        c.id: standing(
            of.catalog,
            of.framework,
            of.annotations,
            c,
            of.index,
            panel=of.panel,
            families=of.families,
        )
        for c in circumstances
    }
    return EvidenceMap(
        title=of.framework.title,
        made=date.today().isoformat(),
        by=by,
        groups=on.groups,
        criteria=criteria,
        circumstances=circumstances,
        cells=tuple(chart.cells(answers, on)),
        sources=len(on.sources),
        unread=tuple(key for key, one in on.sources.items() if not one.file),
        framework=of.framework.digest,
        index=of.index,
        lost_judgements=sum(answer.lost_judgements for answer in answers.values()),
    )


def moment(since: str) -> datetime | None:
    """The start of a day, or a time, given as ISO; without a zone as UTC, as in annotations. None
    where `since` is a file's name."""
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def read(since: str) -> Earlier:
    """A map that was kept as CSV or JSON. Raises QuestionError when it is none."""
    path = Path(since)
    reader = _READERS.get(path.suffix.lower())
    if reader is None or not path.is_file():
        raise QuestionError(
            f"--since {since}: neither a date such as 2026-01-31 nor a file that kb map wrote "
            "(.csv or .json); give one of them"
        )
    try:
        return reader(path.name, path.read_text("utf-8-sig"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise QuestionError(
            f"--since {since}: not a map that kb map wrote, or it was changed; write one with: "
            "kb map -o map.csv"
        ) from None


def earlier(drawn: EvidenceMap, name: str) -> Earlier:
    """A map as one to compare with."""
    rows = frozenset(circumstance.id for circumstance in drawn.circumstances)
    return Earlier(name, drawn.by, rows, drawn.counted)


def compared(drawn: EvidenceMap, before: Earlier) -> EvidenceMap:
    """The map with what changed. Raises QuestionError when the two are split differently."""
    rows = (circumstance.id for circumstance in drawn.circumstances)
    return replace(
        drawn,
        since=before.name,
        changes=chart.changes(before, drawn),
        uncompared=tuple(name for name in rows if name not in before.circumstances),
    )
